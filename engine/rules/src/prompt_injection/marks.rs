//! What is not words: delimiters of chat formats, tool calls, images that carry data away, characters that are not shown, encoded text.

use super::{Score, Signal};

/// Delimiters and tags that only a model's own format has, in lower case, and how much each says.
const LITERALS: [(&str, Signal, u8); 42] = [
    ("<|im_start|>", Signal::FakeDelimiter, 60),
    ("<|im_end|>", Signal::FakeDelimiter, 60),
    ("<|im_sep|>", Signal::FakeDelimiter, 60),
    ("<|system|>", Signal::FakeDelimiter, 60),
    ("<|user|>", Signal::FakeDelimiter, 60),
    ("<|assistant|>", Signal::FakeDelimiter, 60),
    ("<|endoftext|>", Signal::FakeDelimiter, 60),
    ("<|eot_id|>", Signal::FakeDelimiter, 60),
    ("<|begin_of_text|>", Signal::FakeDelimiter, 60),
    ("<|start_header_id|>", Signal::FakeDelimiter, 60),
    ("<|start|>", Signal::FakeDelimiter, 60),
    ("<start_of_turn>", Signal::FakeDelimiter, 60),
    ("<end_of_turn>", Signal::FakeDelimiter, 60),
    ("[inst]", Signal::FakeDelimiter, 60),
    ("[/inst]", Signal::FakeDelimiter, 60),
    ("<<sys>>", Signal::FakeDelimiter, 60),
    ("<</sys>>", Signal::FakeDelimiter, 60),
    ("[system]", Signal::FakeDelimiter, 35),
    ("[/system]", Signal::FakeDelimiter, 40),
    ("<system>", Signal::FakeDelimiter, 40),
    ("</system>", Signal::FakeDelimiter, 40),
    ("<system_prompt>", Signal::FakeDelimiter, 60),
    ("</system_prompt>", Signal::FakeDelimiter, 60),
    ("### system", Signal::FakeDelimiter, 35),
    ("###system", Signal::FakeDelimiter, 35),
    ("### instruction", Signal::FakeDelimiter, 35),
    ("### new instruction", Signal::FakeDelimiter, 60),
    ("\nhuman:", Signal::FakeDelimiter, 25),
    ("\nassistant:", Signal::FakeDelimiter, 30),
    ("\nsystem:", Signal::FakeDelimiter, 35),
    ("{system:", Signal::FakeDelimiter, 35),
    ("\"role\":\"system\"", Signal::FakeDelimiter, 40),
    ("\"role\": \"system\"", Signal::FakeDelimiter, 40),
    ("<tool_call>", Signal::ToolCall, 60),
    ("<tool_response>", Signal::ToolCall, 60),
    ("<tool_result>", Signal::ToolCall, 60),
    ("<function_calls>", Signal::ToolCall, 60),
    ("<function_results>", Signal::ToolCall, 60),
    ("<invoke name=", Signal::ToolCall, 60),
    ("[tool_calls]", Signal::ToolCall, 60),
    ("\"tool_calls\"", Signal::ToolCall, 25),
    ("<|python_tag|>", Signal::ToolCall, 60),
];

/// The bytes that literals start with.
const STARTS: [u8; 6] = *b"<[#\n{\"";
/// How far the address of an image is read, in bytes.
const MAX_IMAGE: usize = 512;

/// Adds what the marks in a text say.
pub(super) fn add(text: &str, score: &mut Score) {
    let bytes = text.as_bytes();
    // The first line is one as well.
    literals(b'\n', bytes, score);
    for (place, byte) in bytes.iter().enumerate() {
        if STARTS.contains(byte) {
            literals(*byte, &bytes[place + 1..], score);
        } else if *byte == b'!' && bytes.get(place + 1) == Some(&b'[') {
            image(&bytes[place + 2..], score);
        }
    }
    unseen(text, score);
}

/// Adds the literals that are this byte and what the text starts with.
fn literals(first: u8, text: &[u8], score: &mut Score) {
    for (literal, signal, weight) in &LITERALS {
        let [own, rest @ ..] = literal.as_bytes() else {
            continue;
        };
        // Nearly all are told by their second byte.
        let may_be = *own == first && text.first().map(u8::to_ascii_lowercase) == rest.first().copied();
        if may_be
            && text
                .get(..rest.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(rest))
        {
            score.add(*signal, *weight);
        }
    }
}

/// An image in Markdown whose address takes data along: fetching it tells the data to whoever owns the address.
fn image(text: &[u8], score: &mut Score) {
    let window = &text[..text.len().min(MAX_IMAGE)];
    let Some(bracket) = window.windows(2).position(|pair| pair == b"](") else {
        return;
    };
    let address = &window[bracket + 2..];
    let address = &address[..address
        .iter()
        .position(|byte| *byte == b')')
        .unwrap_or(address.len())];
    let is_remote = address.starts_with(b"http://") || address.starts_with(b"https://");
    let query = address
        .iter()
        .position(|byte| *byte == b'?')
        .map(|place| &address[place..]);
    if let Some(query) = query.filter(|_| is_remote) {
        let has_place =
            query.iter().any(|byte| matches!(byte, b'{' | b'[' | b'<' | b'$')) || query.ends_with(b"=");
        score.add(Signal::Exfiltration, if has_place { 60 } else { 20 });
    }
}

/// Characters that readers don't see but models read.
fn unseen(text: &str, score: &mut Score) {
    let (mut tags, mut in_words) = (0, 0);
    let mut before = ' ';
    let mut is_flag = false;
    let mut pending = false;
    for character in text.chars() {
        match character {
            // Flags of England, Scotland and others are written with tags.
            '\u{E0020}'..='\u{E007E}' => tags += u32::from(!is_flag),
            '\u{202D}' | '\u{202E}' => score.add(Signal::HiddenText, 30),
            '\u{200B}'..='\u{200D}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}' | '\u{AD}' => {
                pending = before.is_ascii_alphabetic();
                continue;
            }
            _ => {
                in_words += u32::from(pending && character.is_ascii_alphabetic());
                is_flag = character == '\u{1F3F4}';
            }
        }
        pending = false;
        before = character;
    }
    if tags >= 3 {
        score.add(Signal::HiddenText, 60);
    }
    if in_words >= 3 {
        score.add(Signal::HiddenText, 30);
    }
}
