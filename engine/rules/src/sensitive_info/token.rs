//! Keys and tokens of well-known formats.

use std::ops::Range;

/// What the characters after a prefix may be.
#[derive(Clone, Copy)]
enum Alphabet {
    Upper,
    Hex,
    Alphanumeric,
    /// Also `_` and `-`: base64url.
    Url,
}

/// A format: what it starts with, and how many characters of which kind follow.
struct Format {
    prefix: &'static [u8],
    alphabet: Alphabet,
    least: usize,
    most: usize,
}

const fn format(prefix: &'static str, alphabet: Alphabet, least: usize, most: usize) -> Format {
    Format {
        prefix: prefix.as_bytes(),
        alphabet,
        least,
        most,
    }
}

/// Formats by the first byte of the prefix, in the order tried. Prefixes and lengths are those that the issuers document or that
/// their own secret scanning states.
const FORMATS: [Format; 53] = [
    // Amazon Web Services: access key ids, long-lived and temporary.
    format("AKIA", Alphabet::Upper, 16, 16),
    format("ASIA", Alphabet::Upper, 16, 16),
    // Google API keys and OAuth tokens.
    format("AIza", Alphabet::Url, 35, 35),
    format("ya29.", Alphabet::Url, 20, 2048),
    format("GOCSPX-", Alphabet::Url, 28, 28),
    // GitHub.
    format("ghp_", Alphabet::Alphanumeric, 36, 255),
    format("gho_", Alphabet::Alphanumeric, 36, 255),
    format("ghu_", Alphabet::Alphanumeric, 36, 255),
    format("ghs_", Alphabet::Alphanumeric, 36, 255),
    format("ghr_", Alphabet::Alphanumeric, 36, 255),
    format("github_pat_", Alphabet::Url, 36, 255),
    // GitLab.
    format("glpat-", Alphabet::Url, 20, 255),
    format("gldt-", Alphabet::Url, 20, 255),
    format("glrt-", Alphabet::Url, 20, 255),
    // Slack.
    format("xoxb-", Alphabet::Url, 20, 255),
    format("xoxp-", Alphabet::Url, 20, 255),
    format("xoxa-", Alphabet::Url, 20, 255),
    format("xoxr-", Alphabet::Url, 20, 255),
    format("xoxs-", Alphabet::Url, 20, 255),
    format("xoxe-", Alphabet::Url, 20, 255),
    format("xapp-", Alphabet::Url, 20, 255),
    // Stripe.
    format("sk_live_", Alphabet::Alphanumeric, 20, 255),
    format("sk_test_", Alphabet::Alphanumeric, 20, 255),
    format("rk_live_", Alphabet::Alphanumeric, 20, 255),
    format("rk_test_", Alphabet::Alphanumeric, 20, 255),
    format("whsec_", Alphabet::Alphanumeric, 20, 255),
    // Anthropic, OpenAI, OpenRouter, Groq, Hugging Face, Replicate, Perplexity, xAI.
    format("sk-ant-", Alphabet::Url, 30, 255),
    format("sk-proj-", Alphabet::Url, 40, 255),
    format("sk-svcacct-", Alphabet::Url, 40, 255),
    format("sk-admin-", Alphabet::Url, 40, 255),
    format("sk-or-v1-", Alphabet::Hex, 64, 64),
    format("sk-", Alphabet::Alphanumeric, 32, 64),
    format("gsk_", Alphabet::Alphanumeric, 40, 64),
    format("hf_", Alphabet::Alphanumeric, 30, 64),
    format("r8_", Alphabet::Alphanumeric, 37, 37),
    format("pplx-", Alphabet::Alphanumeric, 40, 64),
    format("xai-", Alphabet::Alphanumeric, 60, 100),
    // Package registries: npm, PyPI, RubyGems, crates.io.
    format("npm_", Alphabet::Alphanumeric, 36, 36),
    format("pypi-", Alphabet::Url, 50, 1024),
    format("rubygems_", Alphabet::Hex, 48, 48),
    format("cio", Alphabet::Alphanumeric, 32, 32),
    // Twilio's key ids; its other formats are hexadecimal digits without more.
    format("SK", Alphabet::Hex, 32, 32),
    format("AC", Alphabet::Hex, 32, 32),
    // DigitalOcean, HashiCorp Vault, Shopify, Square, Databricks, Postman, Linear, Notion, Doppler.
    format("dop_v1_", Alphabet::Hex, 64, 64),
    format("hvs.", Alphabet::Url, 24, 255),
    format("shpat_", Alphabet::Hex, 32, 32),
    format("sq0atp-", Alphabet::Url, 22, 22),
    format("sq0csp-", Alphabet::Url, 43, 43),
    format("dapi", Alphabet::Hex, 32, 32),
    format("PMAK-", Alphabet::Url, 59, 59),
    format("lin_api_", Alphabet::Alphanumeric, 40, 40),
    format("ntn_", Alphabet::Alphanumeric, 40, 64),
    format("dp.pt.", Alphabet::Alphanumeric, 40, 44),
];

/// For each first byte the second ones that some format goes on with, as bits: almost no word starts with such a pair.
const PAIRS: [u128; 128] = {
    let mut pairs = [0; 128];
    let mut index = 0;
    while index < FORMATS.len() {
        let prefix = FORMATS[index].prefix;
        pairs[prefix[0] as usize] |= 1 << prefix[1];
        index += 1;
    }
    // JSON web tokens and SendGrid's keys.
    pairs[b'e' as usize] |= 1 << b'y';
    pairs[b'S' as usize] |= 1 << b'G';
    pairs
};

/// How long a part of a token between dots may be.
const MAX_PART: usize = 8 * 1024;

/// Whether a key may start at the start of this text; almost always not.
pub(super) fn may_start(text: &[u8]) -> bool {
    match text {
        [first, second, ..] if second.is_ascii() => PAIRS
            .get(usize::from(*first))
            .is_some_and(|seconds| seconds >> second & 1 == 1),
        _ => false,
    }
}

/// How long the key is that starts at the start of this text, if one does.
pub(super) fn find(text: &[u8]) -> Option<usize> {
    if text.starts_with(b"eyJ") {
        return web_token(text);
    }
    let start = text.first_chunk::<2>();
    FORMATS
        .iter()
        .filter(|format| format.prefix.first_chunk() == start)
        .find_map(|format| format.length_at(text))
        .or_else(|| sendgrid(text))
}

/// The private key whose armour starts with the dashes here, up to the end of its armour or of its base64 text: RFC 7468, OpenSSH,
/// OpenPGP.
pub(super) fn find_private_key(text: &[u8], dashes: usize) -> Option<Range<usize>> {
    const MAX_LABEL: usize = 40;
    let label = text[dashes..].strip_prefix(b"-----BEGIN ")?;
    let window = &label[..label.len().min(MAX_LABEL)];
    let end = window.windows(5).position(|part| part == b"-----")?;
    let is_key = window[..end].ends_with(b"PRIVATE KEY") || window[..end].ends_with(b"PRIVATE KEY BLOCK");
    let body = dashes + 11 + end + 5;
    // Headers of old formats stand in the body: "Proc-Type: 4,ENCRYPTED". In JSON, line ends are \n.
    let is_body = |byte: &&u8| {
        byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'+' | b'/' | b'=' | b'\n' | b'\r' | b' ' | b'\\' | b':' | b','
            )
    };
    let length = text.get(body..)?.iter().take_while(is_body).count();
    super::work(length);
    let after = &text[body + length..];
    let footer = after
        .strip_prefix(b"-----END ")
        .and_then(|label| {
            label[..label.len().min(MAX_LABEL)]
                .windows(5)
                .position(|part| part == b"-----")
        })
        .map_or(0, |label| 9 + label + 5);
    is_key.then_some(dashes..body + length + footer)
}

impl Format {
    /// How long the token is that starts here, if one of this format does.
    fn length_at(&self, text: &[u8]) -> Option<usize> {
        let rest = text.strip_prefix(self.prefix)?;
        let count = self.alphabet.count(rest, self.most + 1);
        // It is its own word, and not one of letters alone: "sk-learning…".
        let body = &rest[..count];
        let goes_on = rest.get(count).is_some_and(u8::is_ascii_alphanumeric);
        let fits = (self.least..=self.most).contains(&count) && !goes_on;
        (fits && is_random(body)).then_some(self.prefix.len() + count)
    }
}

impl Alphabet {
    /// How many characters from the start on belong to it, up to a bound.
    fn count(self, text: &[u8], most: usize) -> usize {
        let belongs = |byte: &&u8| match self {
            Self::Upper => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            Self::Hex => byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'),
            Self::Alphanumeric => byte.is_ascii_alphanumeric(),
            Self::Url => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
        };
        let count = text.iter().take(most).take_while(belongs).count();
        super::work(count);
        count
    }
}

/// Whether characters look drawn by lot: of several kinds, and not one character over and over as in a placeholder.
fn is_random(body: &[u8]) -> bool {
    let letters = body.iter().any(u8::is_ascii_alphabetic);
    let digits = body.iter().any(u8::is_ascii_digit);
    let distinct = body
        .iter()
        .fold(0_u128, |seen, byte| seen | 1 << (byte & 0x7F))
        .count_ones();
    letters && digits && distinct >= 6
}

/// `SG.` and two parts in base64url.
fn sendgrid(text: &[u8]) -> Option<usize> {
    let rest = text.strip_prefix(b"SG.")?;
    let first = Alphabet::Url.count(rest, 65);
    let second = rest.get(first..)?.strip_prefix(b".")?;
    let second = Alphabet::Url.count(second, 65);
    ((16..=64).contains(&first) && (16..=64).contains(&second)).then_some(3 + first + 1 + second)
}

/// The length of a JSON web token (RFC 7519): three parts in base64url, of which the first two are objects.
fn web_token(text: &[u8]) -> Option<usize> {
    let header = Alphabet::Url.count(text, MAX_PART);
    let payload = text.get(header..)?.strip_prefix(b".eyJ")?;
    let payload = 4 + Alphabet::Url.count(payload, MAX_PART);
    let signature = text.get(header + payload..)?.strip_prefix(b".")?;
    // Empty for unsigned tokens.
    let signature = 1 + Alphabet::Url.count(signature, MAX_PART);
    (header >= 16 && payload >= 12).then_some(header + payload + signature)
}
