//! A record of a database, in the forms that suppliers write: MaxMind's and DB-IP's nested ones, IPinfo's flat ones.

use serde::Deserialize;

use super::super::country::Country;
use super::scalar::{Place, Scalar};
use crate::decision::{IpDetails, IpFlag, Location, Text};

/// All fields that are read, of whichever supplier.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Record<'a> {
    // MaxMind and DB-IP; IPinfo has some of the names with texts.
    #[serde(borrow)]
    city: Place<'a>,
    #[serde(borrow)]
    country: Place<'a>,
    #[serde(borrow)]
    continent: Place<'a>,
    #[serde(borrow)]
    subdivisions: Vec<Place<'a>>,
    #[serde(borrow)]
    location: Coordinates<'a>,
    #[serde(borrow)]
    postal: Postal<'a>,
    /// Of Enterprise databases: the fields of the smaller ones.
    #[serde(borrow)]
    traits: Traits<'a>,
    #[serde(borrow)]
    autonomous_system_number: Scalar<'a>,
    #[serde(borrow)]
    autonomous_system_organization: Scalar<'a>,
    is_anonymous_vpn: Scalar<'a>,
    is_hosting_provider: Scalar<'a>,
    is_public_proxy: Scalar<'a>,
    is_residential_proxy: Scalar<'a>,
    is_tor_exit_node: Scalar<'a>,
    // IPinfo.
    country_code: Scalar<'a>,
    country_name: Scalar<'a>,
    continent_code: Scalar<'a>,
    continent_name: Scalar<'a>,
    region: Scalar<'a>,
    postal_code: Scalar<'a>,
    #[serde(alias = "lat")]
    latitude: Scalar<'a>,
    #[serde(alias = "lng")]
    longitude: Scalar<'a>,
    timezone: Scalar<'a>,
    asn: Scalar<'a>,
    #[serde(alias = "name")]
    as_name: Scalar<'a>,
    #[serde(alias = "domain")]
    as_domain: Scalar<'a>,
    #[serde(alias = "type")]
    as_type: Scalar<'a>,
    hosting: Scalar<'a>,
    vpn: Scalar<'a>,
    proxy: Scalar<'a>,
    tor: Scalar<'a>,
    relay: Scalar<'a>,
    service: Scalar<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Coordinates<'a> {
    #[serde(borrow)]
    latitude: Scalar<'a>,
    longitude: Scalar<'a>,
    accuracy_radius: Scalar<'a>,
    time_zone: Scalar<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Postal<'a> {
    #[serde(borrow)]
    code: Scalar<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Traits<'a> {
    #[serde(borrow)]
    autonomous_system_number: Scalar<'a>,
    autonomous_system_organization: Scalar<'a>,
    domain: Scalar<'a>,
    is_anonymous_vpn: Scalar<'a>,
    is_hosting_provider: Scalar<'a>,
    is_public_proxy: Scalar<'a>,
    is_residential_proxy: Scalar<'a>,
    is_tor_exit_node: Scalar<'a>,
}

impl Record<'_> {
    /// Puts what the record knows in place of what was known.
    pub(super) fn add_to(&self, details: &mut IpDetails) {
        self.add_place(details);
        self.add_system(details);
        self.add_flags(details);
    }

    fn add_place(&self, details: &mut IpDetails) {
        let code = self.country.code().or(self.country_code.text());
        if let Some(country) = code.and_then(Country::parse) {
            country.describe(details);
            set(
                &mut details.country_name,
                self.country.name().or(self.country_name.text()),
            );
        }
        set(
            &mut details.continent,
            self.continent.code().or(self.continent_code.text()),
        );
        set(
            &mut details.continent_name,
            self.continent.name().or(self.continent_name.text()),
        );
        set(&mut details.city, self.city.name());
        let region = self.subdivisions.first().and_then(Place::name);
        set(&mut details.region, region.or(self.region.text()));
        set(
            &mut details.postal_code,
            self.postal.code.text().or(self.postal_code.text()),
        );
        set(
            &mut details.timezone,
            self.location.time_zone.text().or(self.timezone.text()),
        );
        let latitude = self.location.latitude.number().or(self.latitude.number());
        let longitude = self.location.longitude.number().or(self.longitude.number());
        if let (Some(latitude), Some(longitude)) = (latitude, longitude) {
            let radius = self.location.accuracy_radius.number().unwrap_or(0.0);
            details.location = Some(Location {
                latitude,
                longitude,
                // Rounds towards 0; a negative one is none.
                accuracy_radius: radius as u32,
            });
        }
    }

    fn add_system(&self, details: &mut IpDetails) {
        let number = self
            .autonomous_system_number
            .number()
            .or(self.traits.autonomous_system_number.number())
            .or(self
                .asn
                .text()
                .and_then(|text| text.trim_start_matches("AS").parse().ok()))
            .or(self.asn.number());
        let Some(number) = number.filter(|number| (1.0..=f64::from(u32::MAX)).contains(number)) else {
            return;
        };
        let name = self.autonomous_system_organization.text();
        let name = name
            .or(self.traits.autonomous_system_organization.text())
            .or(self.as_name.text());
        let domain = self.as_domain.text().or(self.traits.domain.text());
        details.asn = Some(Text::Owned((number as u32).to_string()));
        details.asn_name = name.map(owned);
        details.asn_domain = domain.map(owned);
        details.asn_type = self.as_type.text().map(owned);
        // The country of the database is the address's.
        details.asn_country = None;
    }

    fn add_flags(&self, details: &mut IpDetails) {
        let traits = &self.traits;
        for (flag, scalars) in [
            (
                IpFlag::Hosting,
                [
                    &self.is_hosting_provider,
                    &traits.is_hosting_provider,
                    &self.hosting,
                ],
            ),
            (
                IpFlag::Vpn,
                [&self.is_anonymous_vpn, &traits.is_anonymous_vpn, &self.vpn],
            ),
            (
                IpFlag::Proxy,
                [&self.is_public_proxy, &traits.is_public_proxy, &self.proxy],
            ),
            (
                IpFlag::Proxy,
                [
                    &self.is_residential_proxy,
                    &traits.is_residential_proxy,
                    &self.proxy,
                ],
            ),
            (
                IpFlag::Tor,
                [&self.is_tor_exit_node, &traits.is_tor_exit_node, &self.tor],
            ),
            (IpFlag::Relay, [&self.relay; 3]),
        ] {
            match scalars.iter().find_map(|scalar| scalar.truth()) {
                Some(true) => details.flags.set(flag),
                Some(false) => details.flags.know(flag),
                None => {}
            }
        }
        // IPinfo writes the name of a VPN here, or nothing.
        set(&mut details.service, self.service.text());
    }
}

fn owned(text: &str) -> Text {
    Text::Owned(text.to_owned())
}

fn set(field: &mut Option<Text>, text: Option<&str>) {
    if let Some(text) = text {
        *field = Some(owned(text));
    }
}
