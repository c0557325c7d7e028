//! Phone numbers: international ones by the numbering plans, national ones by their grouping and by what the text says.

mod plans;

use super::{
    context::Context,
    dates,
    digits::{Group, Run, Separator, ends_alone, starts_alone},
};
use std::ops::Range;

/// How many digits a number has that is told by the text around it.
const NAMED_DIGITS: Range<usize> = 7..14;
/// How many digits a number in the usual groups of some country has.
const GROUPED_DIGITS: Range<usize> = 9..12;

/// The phone number at the beginning of a run, if there is one.
pub(super) fn find(text: &[u8], run: &Run, context: &Context<'_>) -> Option<Range<usize>> {
    let start = run.start();
    if let Some(plus) = plus_before(text, start) {
        return international(text, run, 0, context).map(|end| plus..end);
    }
    let bracketed = start > 0 && text[start - 1] == b'(' && text.get(run.groups()[0].end) == Some(&b')');
    let outer = if bracketed { start - 1 } else { start };
    if !starts_alone(text, outer) || dates::starts_with_date(text, run) {
        return None;
    }
    let number = Number {
        text,
        run,
        groups: run.groups(),
        bracketed,
    };
    let end = exit_code(text, run)
        .and_then(|code| international(text, run, code, context))
        .or_else(|| number.told_by_grouping(context))
        .or_else(|| number.told_by_context(context))?;
    Some(outer..end)
}

/// Where the plus sign before these digits stands, or the bracket before the plus sign.
fn plus_before(text: &[u8], start: usize) -> Option<usize> {
    let plus = match &text[..start] {
        [.., b'+'] => start - 1,
        [.., b'+', b' ' | b'('] => start - 2,
        // The full-width plus sign.
        [.., 0xEF, 0xBC, 0x8B] => start - 3,
        _ => return None,
    };
    match &text[..plus] {
        [.., b'('] => Some(plus - 1),
        [.., before] if before.is_ascii_alphanumeric() || matches!(before, b'+' | b'_') => None,
        _ => Some(plus),
    }
}

/// How many digits of an exit code, `00` or the `011` of North America, the run begins with.
fn exit_code(text: &[u8], run: &Run) -> Option<usize> {
    let first = run.groups()[0];
    match &text[first.start..first.end] {
        [b'0', b'1', b'1'] if run.groups().len() > 1 => Some(3),
        [b'0', b'0', rest @ ..] if rest.first() != Some(&b'0') => Some(2),
        _ => None,
    }
}

/// Where the number with a country code ends that starts after so many digits of the run, if the country's plan has such numbers.
fn international(text: &[u8], run: &Run, skip: usize, context: &Context<'_>) -> Option<usize> {
    let groups = run.groups();
    let mut country = 0;
    let mut plan = None;
    let mut national = 0;
    let mut digits_seen = 0;
    let mut end = None;
    for (index, group) in groups.iter().enumerate() {
        if index > 0 && (group.separator == Separator::Mixed || run.mixes_dots(index + 1)) {
            break;
        }
        // The trunk prefix that is left out when calling from abroad: +44 (0)20 …
        let is_trunk = group.separator == Separator::Bracket && text[group.start..group.end] == *b"0";
        for digit in &text[group.start..group.end] {
            digits_seen += 1;
            if digits_seen <= skip || is_trunk {
                continue;
            }
            if plan.is_some() {
                // Written without brackets, though it should not be there.
                let stray_trunk = national == 0 && *digit == b'0' && index > 0;
                national += usize::from(!stray_trunk);
            } else {
                country = country * 10 + u16::from(digit - b'0');
                plan = plans::national_digits(country);
                if plan.is_none() && country > 99 {
                    return None;
                }
            }
        }
        let Some(plan) = &plan else { continue };
        // Where the text speaks of phones, plans that this table has too narrow do no harm.
        let fits = plan.contains(&national)
            || (context.is_phone() && (plan.start - 1..=plan.end + 1).contains(&national) && national > 5);
        if fits && ends_alone(text, group.end) {
            end = Some(group.end);
        }
    }
    end
}

/// Digits that may be a number without a country code.
struct Number<'t> {
    text: &'t [u8],
    run: &'t Run,
    groups: &'t [Group],
    /// Whether the first group stands in brackets.
    bracketed: bool,
}

impl Number<'_> {
    fn group(&self, index: usize) -> &[u8] {
        let group = self.groups[index];
        &self.text[group.start..group.end]
    }

    fn lengths(&self, from: usize, count: usize) -> Option<[usize; 3]> {
        let groups = self.groups.get(from..from + count)?;
        let mut lengths = [0; 3];
        for (length, group) in lengths.iter_mut().zip(groups) {
            *length = group.len();
        }
        Some(lengths)
    }

    /// Whether the first groups are a number of their own: what follows is set apart in another way.
    fn is_apart(&self, count: usize) -> bool {
        let end = self.groups[count - 1].end;
        let goes_on = self.groups.get(count).is_some_and(|next| {
            count < 2
                || next.separator == self.groups[count - 1].separator
                || next.separator != Separator::Space
        });
        ends_alone(self.text, end) && !goes_on
    }

    /// Where a number ends that looks like nothing else.
    fn told_by_grouping(&self, context: &Context<'_>) -> Option<usize> {
        let count = self
            .north_american()
            .or_else(|| self.area_in_brackets())
            .or_else(|| self.with_trunk_zero())?;
        let first = self.group(0)[0];
        let same = (0..count).all(|index| self.group(index).iter().all(|digit| *digit == first));
        (!same && !context.is_harmless()).then(|| self.groups[count - 1].end)
    }

    /// 3-3-4 digits, perhaps after a 1: the plan of North America, and a common way to write other numbers.
    fn north_american(&self) -> Option<usize> {
        let from = usize::from(self.group(0) == b"1");
        if self.lengths(from, 3)? != [3, 3, 4] || !self.is_apart(from + 3) {
            return None;
        }
        let separators = self.groups[from + 1].separator..=self.groups[from + 2].separator;
        let plain_spaces = !self.bracketed
            && [separators.start(), separators.end()]
                .iter()
                .all(|separator| **separator == Separator::Space);
        // Three numbers in a row are grouped like this, too.
        let is_area = self.group(from)[0] != b'1';
        let is_usual = [separators.start(), separators.end()]
            .iter()
            .all(|separator| **separator != Separator::Mixed);
        (is_usual && (is_area || !plain_spaces)).then_some(from + 3)
    }

    /// An area code in brackets: `(71) 4233-6306`, `(030) 12345678`.
    fn area_in_brackets(&self) -> Option<usize> {
        let area = self.group(0);
        // Years stand in brackets as well.
        let is_year = area.len() == 4 && matches!(area, [b'1', b'9', ..] | [b'2', b'0', ..]);
        if !self.bracketed || !(2..=5).contains(&area.len()) || is_year {
            return None;
        }
        (2..=self.groups.len().min(4))
            .rev()
            .find(|count| (8..12).contains(&self.run.digits(0..*count)) && self.is_apart(*count))
    }

    /// A trunk zero and groups: `020 7946 0958`, `03.93.92.16.85`, `0171/1234567`.
    fn with_trunk_zero(&self) -> Option<usize> {
        let area = self.group(0);
        // Grouped as a social security number.
        if self.lengths(0, 3) == Some([3, 2, 4]) {
            return None;
        }
        if area[0] != b'0' || !(2..=5).contains(&area.len()) || area.get(1) == Some(&b'0') {
            return None;
        }
        (2..=self.groups.len().min(5)).rev().find(|count| {
            let others = &self.groups[1..*count];
            let digits = self.run.digits(0..*count);
            // Two numbers next to each other are the postcode and the house, too.
            let is_pair = *count == 2 && others[0].separator == Separator::Space;
            // With dots in pairs, or in two or three pieces.
            let is_list = others[0].separator == Separator::Dot
                && *count > 3
                && !others.iter().all(|group| group.len() == 2);
            let is_short_pair = is_pair && digits < 10;
            let is_decimals = is_list || self.run.mixes_dots(*count);
            GROUPED_DIGITS.contains(&digits)
                && !is_short_pair
                && !is_decimals
                && others
                    .iter()
                    .all(|group| group.len() >= 2 && group.separator != Separator::Mixed)
                && self.is_apart(*count)
        })
    }

    /// Where a number ends that the text calls one.
    fn told_by_context(&self, context: &Context<'_>) -> Option<usize> {
        let count = (1..=self.groups.len())
            .rev()
            .find(|count| NAMED_DIGITS.contains(&self.run.digits(0..*count)) && self.is_one_number(*count))?;
        let end = self.groups[count - 1].end;
        let is_written_so =
            count > 1 || (self.group(0)[0] == b'0' && GROUPED_DIGITS.contains(&self.run.digits(0..1)));
        // Milliseconds since 1970: no number has a country code of 1 and so many digits.
        let is_time = count == 1 && matches!(self.group(0), [b'1', rest @ ..] if rest.len() == 12);
        let is_pair = count == 2;
        let is_range = is_pair && dates::is_year(self.group(0)) && dates::is_year(self.group(1));
        let is_decimal = is_pair && self.groups[1].separator == Separator::Dot;
        // Without a word for phones, it has to be written like a phone number at least.
        let is_told = || context.is_phone() || is_written_so && context.is_number();
        (ends_alone(self.text, end) && !is_time && !is_range && !is_decimal && is_told()).then_some(end)
    }

    /// Whether the first groups are written like one number: of two digits or more, and once dashes or dots have come, no spaces.
    fn is_one_number(&self, count: usize) -> bool {
        let mut spaces_over = false;
        !self.run.mixes_dots(count)
            && self.groups[..count].iter().enumerate().all(|(index, group)| {
                let fits = index == 0
                    || match group.separator {
                        Separator::Mixed => false,
                        Separator::Bracket => true,
                        Separator::Space => !spaces_over || self.run.digits(0..index) < 7,
                        Separator::Dash | Separator::Dot | Separator::Slash => {
                            spaces_over = true;
                            true
                        }
                    };
                fits && (group.len() >= 2 || index == 0)
            })
    }
}
