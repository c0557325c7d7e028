use proptest::prelude::*;

use super::super::{
    charset,
    finding::{Category, Finding},
    work,
};

/// Detects in a value of its own.
fn detect(value: &[u8]) -> Option<Finding> {
    super::detect(value, charset::classes(value))
}

/// The detector and the score, or none.
fn found(value: &str) -> Option<(&'static str, u8)> {
    detect(value.as_bytes()).map(|finding| (finding.detector, finding.score))
}

#[test]
fn attacks_are_certain_and_named_by_what_they_use() {
    for (detector, attacks) in [
        (
            "xss.element",
            &[
                "<script>alert(1)</script>",
                "</script><p>",
                "<SCRIPT SRC=//a.example/x.js>",
                "<iframe src=//a.example>",
                "<object data=x>",
                "<scr\0ipt>x</scr\0ipt>",
                "<base href=//a.example>",
                "<meta http-equiv=refresh content=0>",
                "<link rel=stylesheet href=x>",
                "<v:vmlframe src=x>",
                "<f o r m",
                "x<s c r i p t>",
                "<style>@import 'x';</style>",
            ][..],
        ),
        (
            "xss.handler",
            &[
                "<img src=x onerror=x>",
                "<svg/onload=alert(1)>",
                "\" onmouseover=\"alert(1)",
                "' autofocus onfocus='prompt`1`",
                "\"onclick=\"(x)(1)",
                "x/onpointerrawupdate=confirm&lpar;1)",
                "<x onanything=f()>",
                " onload=",
            ],
        ),
        (
            "xss.scheme",
            &[
                "javascript:alert(1)",
                "\tjava\nscript:alert`1`",
                "<a href=javascript:alert(1)>",
                "<a href='jav&#x09;ascript&colon;f()'>",
                "<a href=\"&#106;avascript:f()\">",
                "<a href=vbscript:x>",
                "<a href=data:text/html,x>",
                "<meta content='0;url=javascript:f()'>",
            ],
        ),
        (
            "xss.style",
            &[
                "<p style=\"width:expression(x)\">",
                "<p style='-moz-binding:url(x)'>",
                "<div style=behavior:url(x)>",
                "x:url(javascript:f())",
            ],
        ),
        (
            "xss.attribute",
            &[
                "<x srcdoc='y'>",
                "<button formaction=x>",
                "<math><a xlink:href=//a.example>",
            ],
        ),
        (
            "xss.declaration",
            &["<!ENTITY x SYSTEM 'y'>", "<?xml-stylesheet href=x?>"],
        ),
        (
            "xss.script",
            &[
                "\";alert(1)//",
                "'-alert(1)-'",
                "${alert(1)}",
                "(alert)(1)",
                "confirm.call(null,1)",
                "alert?.(1)",
                "document.cookie",
                "document[\"cookie\"]",
                "window['al'+'ert'](1)",
                "String.fromCharCode(88)",
                "setTimeout('x')",
                "new Function('x')()",
                "top['location']='x'",
                "[].sort.call`${x}1`",
                "[ ] . map . call ` ${ x }`",
                "window.location='//a.example'",
            ],
        ),
        (
            "xss.constructor",
            &["{{constructor.constructor('x')()}}", "x['constructor']('y')"],
        ),
        (
            "xss.symbols",
            &["[][(![]+[])[+[]]+([![]]+[][[]])[+!+[]+[+[]]]]", "(![] [])[ ! []]"],
        ),
        ("xss.encoding", &["+ADw-script+AD4-x"]),
    ] {
        let mut own = 0;
        for attack in attacks {
            let Some((by, score)) = found(attack) else {
                panic!("{attack:?} is not found");
            };
            assert_eq!(score, 5, "{attack:?} by {by}");
            own += usize::from(by == detector);
        }
        assert!(own > 0, "nothing is found by {detector}");
    }
}

#[test]
fn server_side_includes_are_commands() {
    let found = detect(b"<!--#exec cmd=\"ls\"-->").expect("the include is found");
    assert_eq!(
        (found.detector, found.category, found.score),
        ("rce.server-side-include", Category::Rce, 5)
    );
    assert_eq!(detect(b"<!--# a heading -->"), None);
}

#[test]
fn prose_and_harmless_markup_are_left_alone() {
    for value in [
        "a < b and c > d",
        "I <3 you",
        "a <b c d e",
        "i <a b c",
        "Alice <alice@example.com>",
        "<p>A <b>bold</b> and <i>slanted</i> text</p>",
        "<a href=\"https://example.com/?a=1&b=2\" title=\"x\">link</a>",
        "<img src=\"https://example.com/a.png\" alt=\"a picture\" width=10>",
        "<em class=x>x</em><br/><ul><li>1</li></ul>",
        "<p style=\"color: red; margin: 0 auto\">x</p>",
        "JavaScript: The Good Parts",
        "[resolve types in const eval](https://example.com/pull/1) and [a new function](http://example.com/)",
        "javascript:void(0);",
        "data:image/png;base64,iVBORw0KGgo=",
        "binary<script is incorrect",
        "Check your alert(s) and prompt(s)",
        "the document. Body of the text",
        "see example.document.pdf",
        "set the alert level to (high)",
        "his eval (see below) was good",
        "[x] done [ ] open [ ] later",
        "a function (in the sense of mathematics)",
        "price = 10 (approx.)",
        "https://example.com/a?onclick=1&location=berlin",
        "top.gg and window.example",
        "Error: x\n    at Object.u [as captureTrace] (https://example.com/:307:12811)",
        "CGI </cgi/capi?cmd=Describe&action=delegate> #Success (426ms)",
        "{\"href\":\"javascript:void(0);\",\"x\":\"(1)\"}",
        "12:30 (noon)",
    ] {
        assert!(
            found(value).is_none_or(|(_, score)| score < 5),
            "{value:?}: {:?}",
            found(value)
        );
    }
}

#[test]
fn work_grows_with_the_length_and_no_faster() {
    work::assert_linear(
        &[
            "<",
            "<a",
            "<a ",
            "<a x=",
            "<script",
            "<script ",
            "<svg ",
            "</",
            "<!--",
            "<!--#",
            "<\0",
            "<a style=",
            "style=",
            "<a style=/*",
            " onload",
            "onload ",
            "onx=",
            "<a onx=",
            "<a href=java",
            "<a href=\0",
            "<a content=a=",
            "<p x=&#",
            "<p x=&#x0000000",
            "<p x=\\",
            "javascript:",
            "alert",
            "alert ",
            "alert/*",
            "alert/**/",
            "eval(",
            "document.",
            "top[",
            "constructor",
            "(",
            "[",
            "[]",
            "![]",
            "`",
            "=",
            "a=",
            "a = ",
            "a/=",
            "url(",
            "expression",
            "+ADw",
            "call`",
        ],
        detect,
    );
}

proptest! {
    #[test]
    fn any_bytes_are_read(value in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = detect(&value);
    }

    #[test]
    fn anything_made_of_pieces_of_pages_is_read(
        pieces in proptest::collection::vec(
            prop::sample::select(vec![
                "<", ">", "/", "=", "\"", "'", "`", " ", "\0", "\n", "&", "#", "x", "1", ";", ":", "(", ")", "[", "]", ".", "!", "+", "-", "\\", "script", "svg", "img", "style", "href",
                "onload", "on", "javascript:", "data:", "&colon;", "&#58;", "&#x", "<!--", "<!--#", "/*", "*/", "alert", "eval", "document", "cookie", "constructor", "call", "expression",
                "\u{e9}",
            ]),
            0..40,
        )
    ) {
        let _ = detect(pieces.concat().as_bytes());
    }
}
