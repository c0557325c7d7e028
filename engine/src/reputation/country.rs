//! Countries: codes of ISO 3166-1, names as they are commonly written in English, continents as the United Nations
//! divide them (Cyprus belongs to Europe here, as with most suppliers of data about addresses).

use std::fmt;

use super::continent::Continent;
use crate::decision::{IpDetails, Text};

/// A country's code: two capital letters. Codes that are no country's, as sources invent them, pass too.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Country([u8; 2]);

impl Country {
    /// Reads a code in any case. Those that stand for "unknown" are none.
    pub(crate) fn parse(code: &str) -> Option<Self> {
        let code: [u8; 2] = code.as_bytes().try_into().ok()?;
        let code = code.map(|letter| letter.to_ascii_uppercase());
        (code.iter().all(u8::is_ascii_uppercase) && code != *b"ZZ").then_some(Self(code))
    }

    /// The code.
    pub(crate) fn code(self) -> Text {
        match self.find() {
            Some((code, ..)) => Text::Borrowed(code),
            None => Text::Owned(self.to_string()),
        }
    }

    /// Writes down what follows from the country. One look into the table, because this is done for many requests.
    pub(crate) fn describe(self, details: &mut IpDetails) {
        let Some((code, name, continent)) = self.find() else {
            details.country = Some(self.code());
            (details.country_name, details.continent, details.continent_name) = (None, None, None);
            return;
        };
        details.country = Some(Text::Borrowed(code));
        details.country_name = Some(Text::Borrowed(name));
        details.continent = Some(Text::Borrowed(continent.code()));
        details.continent_name = Some(Text::Borrowed(continent.name()));
    }

    fn find(self) -> Option<&'static (&'static str, &'static str, Continent)> {
        COUNTRIES.get(usize::from(*PLACES.get(place(&self.0))?))
    }
}

/// The place of a code of two capital letters among all such.
const fn place(code: &[u8]) -> usize {
    (code[0] - b'A') as usize * 26 + (code[1] - b'A') as usize
}

/// Where in [`COUNTRIES`] each code is, by its [`place`]; behind its end if it is no country's.
static PLACES: [u8; 26 * 26] = {
    let mut places = [u8::MAX; 26 * 26];
    let mut at = 0;
    while at < COUNTRIES.len() {
        places[place(COUNTRIES[at].0.as_bytes())] = at as u8;
        at += 1;
    }
    places
};

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|letter| write!(f, "{}", char::from(*letter)))
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

use Continent::{Africa, Antarctica, Asia, Europe, NorthAmerica, Oceania, SouthAmerica};

/// Sorted by code.
#[rustfmt::skip]
const COUNTRIES: [(&str, &str, Continent); 250] = [
    ("AD", "Andorra", Europe),
    ("AE", "United Arab Emirates", Asia),
    ("AF", "Afghanistan", Asia),
    ("AG", "Antigua and Barbuda", NorthAmerica),
    ("AI", "Anguilla", NorthAmerica),
    ("AL", "Albania", Europe),
    ("AM", "Armenia", Asia),
    ("AO", "Angola", Africa),
    ("AQ", "Antarctica", Antarctica),
    ("AR", "Argentina", SouthAmerica),
    ("AS", "American Samoa", Oceania),
    ("AT", "Austria", Europe),
    ("AU", "Australia", Oceania),
    ("AW", "Aruba", NorthAmerica),
    ("AX", "Åland Islands", Europe),
    ("AZ", "Azerbaijan", Asia),
    ("BA", "Bosnia and Herzegovina", Europe),
    ("BB", "Barbados", NorthAmerica),
    ("BD", "Bangladesh", Asia),
    ("BE", "Belgium", Europe),
    ("BF", "Burkina Faso", Africa),
    ("BG", "Bulgaria", Europe),
    ("BH", "Bahrain", Asia),
    ("BI", "Burundi", Africa),
    ("BJ", "Benin", Africa),
    ("BL", "Saint Barthélemy", NorthAmerica),
    ("BM", "Bermuda", NorthAmerica),
    ("BN", "Brunei", Asia),
    ("BO", "Bolivia", SouthAmerica),
    ("BQ", "Bonaire, Sint Eustatius and Saba", NorthAmerica),
    ("BR", "Brazil", SouthAmerica),
    ("BS", "Bahamas", NorthAmerica),
    ("BT", "Bhutan", Asia),
    ("BV", "Bouvet Island", Antarctica),
    ("BW", "Botswana", Africa),
    ("BY", "Belarus", Europe),
    ("BZ", "Belize", NorthAmerica),
    ("CA", "Canada", NorthAmerica),
    ("CC", "Cocos (Keeling) Islands", Asia),
    ("CD", "DR Congo", Africa),
    ("CF", "Central African Republic", Africa),
    ("CG", "Congo", Africa),
    ("CH", "Switzerland", Europe),
    ("CI", "Côte d'Ivoire", Africa),
    ("CK", "Cook Islands", Oceania),
    ("CL", "Chile", SouthAmerica),
    ("CM", "Cameroon", Africa),
    ("CN", "China", Asia),
    ("CO", "Colombia", SouthAmerica),
    ("CR", "Costa Rica", NorthAmerica),
    ("CU", "Cuba", NorthAmerica),
    ("CV", "Cabo Verde", Africa),
    ("CW", "Curaçao", NorthAmerica),
    ("CX", "Christmas Island", Asia),
    ("CY", "Cyprus", Europe),
    ("CZ", "Czechia", Europe),
    ("DE", "Germany", Europe),
    ("DJ", "Djibouti", Africa),
    ("DK", "Denmark", Europe),
    ("DM", "Dominica", NorthAmerica),
    ("DO", "Dominican Republic", NorthAmerica),
    ("DZ", "Algeria", Africa),
    ("EC", "Ecuador", SouthAmerica),
    ("EE", "Estonia", Europe),
    ("EG", "Egypt", Africa),
    ("EH", "Western Sahara", Africa),
    ("ER", "Eritrea", Africa),
    ("ES", "Spain", Europe),
    ("ET", "Ethiopia", Africa),
    ("FI", "Finland", Europe),
    ("FJ", "Fiji", Oceania),
    ("FK", "Falkland Islands", SouthAmerica),
    ("FM", "Micronesia", Oceania),
    ("FO", "Faroe Islands", Europe),
    ("FR", "France", Europe),
    ("GA", "Gabon", Africa),
    ("GB", "United Kingdom", Europe),
    ("GD", "Grenada", NorthAmerica),
    ("GE", "Georgia", Asia),
    ("GF", "French Guiana", SouthAmerica),
    ("GG", "Guernsey", Europe),
    ("GH", "Ghana", Africa),
    ("GI", "Gibraltar", Europe),
    ("GL", "Greenland", NorthAmerica),
    ("GM", "Gambia", Africa),
    ("GN", "Guinea", Africa),
    ("GP", "Guadeloupe", NorthAmerica),
    ("GQ", "Equatorial Guinea", Africa),
    ("GR", "Greece", Europe),
    ("GS", "South Georgia and the South Sandwich Islands", Antarctica),
    ("GT", "Guatemala", NorthAmerica),
    ("GU", "Guam", Oceania),
    ("GW", "Guinea-Bissau", Africa),
    ("GY", "Guyana", SouthAmerica),
    ("HK", "Hong Kong", Asia),
    ("HM", "Heard Island and McDonald Islands", Antarctica),
    ("HN", "Honduras", NorthAmerica),
    ("HR", "Croatia", Europe),
    ("HT", "Haiti", NorthAmerica),
    ("HU", "Hungary", Europe),
    ("ID", "Indonesia", Asia),
    ("IE", "Ireland", Europe),
    ("IL", "Israel", Asia),
    ("IM", "Isle of Man", Europe),
    ("IN", "India", Asia),
    ("IO", "British Indian Ocean Territory", Asia),
    ("IQ", "Iraq", Asia),
    ("IR", "Iran", Asia),
    ("IS", "Iceland", Europe),
    ("IT", "Italy", Europe),
    ("JE", "Jersey", Europe),
    ("JM", "Jamaica", NorthAmerica),
    ("JO", "Jordan", Asia),
    ("JP", "Japan", Asia),
    ("KE", "Kenya", Africa),
    ("KG", "Kyrgyzstan", Asia),
    ("KH", "Cambodia", Asia),
    ("KI", "Kiribati", Oceania),
    ("KM", "Comoros", Africa),
    ("KN", "Saint Kitts and Nevis", NorthAmerica),
    ("KP", "North Korea", Asia),
    ("KR", "South Korea", Asia),
    ("KW", "Kuwait", Asia),
    ("KY", "Cayman Islands", NorthAmerica),
    ("KZ", "Kazakhstan", Asia),
    ("LA", "Laos", Asia),
    ("LB", "Lebanon", Asia),
    ("LC", "Saint Lucia", NorthAmerica),
    ("LI", "Liechtenstein", Europe),
    ("LK", "Sri Lanka", Asia),
    ("LR", "Liberia", Africa),
    ("LS", "Lesotho", Africa),
    ("LT", "Lithuania", Europe),
    ("LU", "Luxembourg", Europe),
    ("LV", "Latvia", Europe),
    ("LY", "Libya", Africa),
    ("MA", "Morocco", Africa),
    ("MC", "Monaco", Europe),
    ("MD", "Moldova", Europe),
    ("ME", "Montenegro", Europe),
    ("MF", "Saint Martin", NorthAmerica),
    ("MG", "Madagascar", Africa),
    ("MH", "Marshall Islands", Oceania),
    ("MK", "North Macedonia", Europe),
    ("ML", "Mali", Africa),
    ("MM", "Myanmar", Asia),
    ("MN", "Mongolia", Asia),
    ("MO", "Macao", Asia),
    ("MP", "Northern Mariana Islands", Oceania),
    ("MQ", "Martinique", NorthAmerica),
    ("MR", "Mauritania", Africa),
    ("MS", "Montserrat", NorthAmerica),
    ("MT", "Malta", Europe),
    ("MU", "Mauritius", Africa),
    ("MV", "Maldives", Asia),
    ("MW", "Malawi", Africa),
    ("MX", "Mexico", NorthAmerica),
    ("MY", "Malaysia", Asia),
    ("MZ", "Mozambique", Africa),
    ("NA", "Namibia", Africa),
    ("NC", "New Caledonia", Oceania),
    ("NE", "Niger", Africa),
    ("NF", "Norfolk Island", Oceania),
    ("NG", "Nigeria", Africa),
    ("NI", "Nicaragua", NorthAmerica),
    ("NL", "Netherlands", Europe),
    ("NO", "Norway", Europe),
    ("NP", "Nepal", Asia),
    ("NR", "Nauru", Oceania),
    ("NU", "Niue", Oceania),
    ("NZ", "New Zealand", Oceania),
    ("OM", "Oman", Asia),
    ("PA", "Panama", NorthAmerica),
    ("PE", "Peru", SouthAmerica),
    ("PF", "French Polynesia", Oceania),
    ("PG", "Papua New Guinea", Oceania),
    ("PH", "Philippines", Asia),
    ("PK", "Pakistan", Asia),
    ("PL", "Poland", Europe),
    ("PM", "Saint Pierre and Miquelon", NorthAmerica),
    ("PN", "Pitcairn Islands", Oceania),
    ("PR", "Puerto Rico", NorthAmerica),
    ("PS", "Palestine", Asia),
    ("PT", "Portugal", Europe),
    ("PW", "Palau", Oceania),
    ("PY", "Paraguay", SouthAmerica),
    ("QA", "Qatar", Asia),
    ("RE", "Réunion", Africa),
    ("RO", "Romania", Europe),
    ("RS", "Serbia", Europe),
    ("RU", "Russia", Europe),
    ("RW", "Rwanda", Africa),
    ("SA", "Saudi Arabia", Asia),
    ("SB", "Solomon Islands", Oceania),
    ("SC", "Seychelles", Africa),
    ("SD", "Sudan", Africa),
    ("SE", "Sweden", Europe),
    ("SG", "Singapore", Asia),
    ("SH", "Saint Helena, Ascension and Tristan da Cunha", Africa),
    ("SI", "Slovenia", Europe),
    ("SJ", "Svalbard and Jan Mayen", Europe),
    ("SK", "Slovakia", Europe),
    ("SL", "Sierra Leone", Africa),
    ("SM", "San Marino", Europe),
    ("SN", "Senegal", Africa),
    ("SO", "Somalia", Africa),
    ("SR", "Suriname", SouthAmerica),
    ("SS", "South Sudan", Africa),
    ("ST", "São Tomé and Príncipe", Africa),
    ("SV", "El Salvador", NorthAmerica),
    ("SX", "Sint Maarten", NorthAmerica),
    ("SY", "Syria", Asia),
    ("SZ", "Eswatini", Africa),
    ("TC", "Turks and Caicos Islands", NorthAmerica),
    ("TD", "Chad", Africa),
    ("TF", "French Southern Territories", Antarctica),
    ("TG", "Togo", Africa),
    ("TH", "Thailand", Asia),
    ("TJ", "Tajikistan", Asia),
    ("TK", "Tokelau", Oceania),
    ("TL", "Timor-Leste", Asia),
    ("TM", "Turkmenistan", Asia),
    ("TN", "Tunisia", Africa),
    ("TO", "Tonga", Oceania),
    ("TR", "Türkiye", Asia),
    ("TT", "Trinidad and Tobago", NorthAmerica),
    ("TV", "Tuvalu", Oceania),
    ("TW", "Taiwan", Asia),
    ("TZ", "Tanzania", Africa),
    ("UA", "Ukraine", Europe),
    ("UG", "Uganda", Africa),
    ("UM", "U.S. Outlying Islands", Oceania),
    ("US", "United States", NorthAmerica),
    ("UY", "Uruguay", SouthAmerica),
    ("UZ", "Uzbekistan", Asia),
    ("VA", "Vatican City", Europe),
    ("VC", "Saint Vincent and the Grenadines", NorthAmerica),
    ("VE", "Venezuela", SouthAmerica),
    ("VG", "British Virgin Islands", NorthAmerica),
    ("VI", "U.S. Virgin Islands", NorthAmerica),
    ("VN", "Vietnam", Asia),
    ("VU", "Vanuatu", Oceania),
    ("WF", "Wallis and Futuna", Oceania),
    ("WS", "Samoa", Oceania),
    ("XK", "Kosovo", Europe),
    ("YE", "Yemen", Asia),
    ("YT", "Mayotte", Africa),
    ("ZA", "South Africa", Africa),
    ("ZM", "Zambia", Africa),
    ("ZW", "Zimbabwe", Africa),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn described(code: &str) -> IpDetails {
        let mut details = IpDetails::default();
        Country::parse(code).unwrap().describe(&mut details);
        details
    }

    #[test]
    fn the_table_is_sorted_and_holds_codes() {
        assert!(COUNTRIES.is_sorted_by(|a, b| a.0 < b.0));
        for (code, name, continent) in COUNTRIES {
            let details = described(code);
            assert_eq!(
                (details.country(), details.country_name()),
                (Some(code), Some(name))
            );
            assert_eq!(details.continent(), Some(continent.code()));
        }
    }

    #[test]
    fn codes_have_names_and_continents() {
        let austria = described("at");
        assert_eq!(
            (austria.country(), austria.country_name()),
            (Some("AT"), Some("Austria"))
        );
        assert_eq!(
            (austria.continent(), austria.continent_name()),
            (Some("EU"), Some("Europe"))
        );
        let invented = described("EU");
        assert_eq!(
            (invented.country(), invented.country_name(), invented.continent()),
            (Some("EU"), None, None)
        );
        for code in ["", "A", "AUT", "A1", "-", "--", "ZZ", "zz", "é"] {
            assert_eq!(Country::parse(code), None, "{code}");
        }
    }
}
