//! What kinds of sensitive information there are, and where one was found.

/// A kind of sensitive information.
///
/// The first four are Arcjet's; the others are additions. What each takes in stands in `docs/rules/sensitive-info.md`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Entity {
    /// `EMAIL`: an e-mail address.
    Email,
    /// `PHONE_NUMBER`: a phone number, international or in a national format.
    PhoneNumber,
    /// `IP_ADDRESS`: an IPv4 or IPv6 address.
    IpAddress,
    /// `CREDIT_CARD_NUMBER`: the number of a payment card.
    CreditCardNumber,
    /// `IBAN`: an international bank account number.
    Iban,
    /// `SSN`: a social security number of the United States.
    Ssn,
    /// `NATIONAL_ID`: a personal number of another country, of those that can be told by their check digits.
    NationalId,
    /// `API_KEY`: a key, token or private key of a well-known format.
    ApiKey,
    /// A label of the application's own, for [custom detectors](super::CustomDetector) and closures.
    Custom(String),
}

/// The kinds that are detected without further ado, by name.
const NAMES: [(&str, Entity); Entity::BUILT_IN] = [
    ("EMAIL", Entity::Email),
    ("PHONE_NUMBER", Entity::PhoneNumber),
    ("IP_ADDRESS", Entity::IpAddress),
    ("CREDIT_CARD_NUMBER", Entity::CreditCardNumber),
    ("IBAN", Entity::Iban),
    ("SSN", Entity::Ssn),
    ("NATIONAL_ID", Entity::NationalId),
    ("API_KEY", Entity::ApiKey),
];

impl Entity {
    /// How many kinds there are besides custom ones; their [certainty](Self::certainty) is less.
    pub(super) const BUILT_IN: usize = 8;

    /// The kind of this name, as [`name`](Self::name) gives it; any other name is a custom label.
    pub fn from_name(name: &str) -> Self {
        match NAMES.into_iter().find(|(own, _)| *own == name) {
            Some((_, entity)) => entity,
            None => Self::Custom(name.to_owned()),
        }
    }

    /// Its name: `PHONE_NUMBER`, or the custom label.
    pub fn name(&self) -> &str {
        if let Self::Custom(label) = self {
            return label;
        }
        let (name, _) = NAMES
            .iter()
            .find(|(_, entity)| entity == self)
            .unwrap_or(&NAMES[0]);
        name
    }

    /// The names of all kinds but custom ones.
    pub fn built_in_names() -> impl ExactSizeIterator<Item = &'static str> {
        NAMES.iter().map(|(name, _)| *name)
    }

    /// Which of two overlapping finds stands: the application's own, then what a checksum or a fixed format proves, last what is
    /// told by its looks.
    pub(super) fn certainty(&self) -> u8 {
        match self {
            Self::Custom(_) => 8,
            Self::ApiKey => 7,
            Self::Email => 6,
            Self::IpAddress => 5,
            Self::Iban => 4,
            Self::CreditCardNumber => 3,
            Self::NationalId => 2,
            Self::Ssn => 1,
            Self::PhoneNumber => 0,
        }
    }
}

/// A place in the text, and what was found there. Both ends lie on boundaries of characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SensitiveSpan {
    /// Where it starts, in bytes of UTF-8.
    pub start: u32,
    /// Where it ends, exclusive.
    pub end: u32,
    /// What it is.
    pub entity: Entity,
}
