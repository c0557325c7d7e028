//! The parser: from the text of an expression to its tree, with every type checked on the way.
//!
//! Binding from loose to tight: `or`, `xor`, `and`, `not`, comparison.

mod comparison;
mod operand;

use super::{bytes::NOTHING_LEFT, cursor::Cursor, expression::Node, fault::Fault, pattern::Budget};

/// How deep parentheses and calls may be nested. The tree is walked recursively on the small stack of the sandbox.
const MAX_NESTING: usize = 64;

/// Parses an expression. Its patterns are charged to the budget.
pub(super) fn parse(expression: &str, budget: &mut Budget) -> Result<Node, Fault> {
    let mut parser = Parser {
        cursor: Cursor::new(expression),
        nesting: 0,
        budget,
    };
    let node = parser.logical()?;
    if parser.cursor.is_at_end() {
        Ok(node)
    } else {
        Err(parser.cursor.fault(NOTHING_LEFT))
    }
}

struct Parser<'t, 'b> {
    cursor: Cursor<'t>,
    nesting: usize,
    budget: &'b mut Budget,
}

/// What combines two expressions.
#[derive(Clone, Copy)]
enum Combination {
    Or,
    Xor,
    And,
}

impl Parser<'_, '_> {
    /// Goes one level deeper, for something that begins here.
    fn enter(&mut self) -> Result<(), Fault> {
        if self.nesting == MAX_NESTING {
            let what = format!("maximum nesting depth exceeded (limit: {MAX_NESTING})");
            return Err(self.cursor.fault(what));
        }
        self.nesting += 1;
        Ok(())
    }

    fn leave(&mut self) {
        self.nesting -= 1;
    }

    /// Simple expressions and what combines them.
    fn logical(&mut self) -> Result<Node, Fault> {
        let (mut any, mut odd, mut all) = (vec![], vec![], vec![]);
        loop {
            all.push(self.simple()?);
            let combination = self.combination();
            if let Some(Combination::And) = combination {
                continue;
            }
            odd.push(one_or(Node::All, &mut all));
            if let Some(Combination::Xor) = combination {
                continue;
            }
            any.push(one_or(Node::Odd, &mut odd));
            if combination.is_none() {
                return Ok(one_or(Node::Any, &mut any));
            }
        }
    }

    /// Passes over a word or sign that combines expressions, if one comes next, with the space around it.
    fn combination(&mut self) -> Option<Combination> {
        let mut ahead = self.cursor;
        ahead.skip_space();
        let combination = if ahead.eat("or") || ahead.eat("||") {
            Combination::Or
        } else if ahead.eat("xor") || ahead.eat("^^") {
            Combination::Xor
        } else if ahead.eat("and") || ahead.eat("&&") {
            Combination::And
        } else {
            return None;
        };
        ahead.skip_space();
        self.cursor = ahead;
        Some(combination)
    }

    /// An expression in parentheses or a comparison, negated or not.
    fn simple(&mut self) -> Result<Node, Fault> {
        let mut negated = false;
        while self.negation() {
            negated = !negated;
        }
        let node = if self.cursor.peek() == Some('(') {
            self.parenthesized()?
        } else {
            let operand = self.operand()?;
            Node::Test(self.comparison(operand)?)
        };
        Ok(if negated { Node::Not(node.into()) } else { node })
    }

    fn parenthesized(&mut self) -> Result<Node, Fault> {
        self.enter()?;
        self.cursor.expect("(")?;
        self.cursor.skip_space();
        let node = self.logical()?;
        self.cursor.skip_space();
        self.cursor.expect(")")?;
        self.leave();
        Ok(node)
    }

    fn negation(&mut self) -> bool {
        let negates = self.cursor.eat("not") || self.cursor.eat("!");
        if negates {
            self.cursor.skip_space();
        }
        negates
    }
}

/// The only node, or all of them combined.
fn one_or(combine: fn(Box<[Node]>) -> Node, nodes: &mut Vec<Node>) -> Node {
    let mut nodes = std::mem::take(nodes);
    match nodes.pop() {
        Some(only) if nodes.is_empty() => only,
        last => {
            nodes.extend(last);
            combine(nodes.into())
        }
    }
}
