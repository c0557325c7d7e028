//! Looking up addresses among 565,000 prefixes, as many as free tables of countries have.

use std::fmt::Write as _;
use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use arcjet_engine::reputation::{Kind, Reputation, Source};
use criterion::{Criterion, criterion_group, criterion_main};

/// How many prefixes of each version.
const PREFIXES_V4: usize = 340_000;
const PREFIXES_V6: usize = 225_000;

/// The lengths of prefixes, by how common they are in tables of countries.
const LENGTHS_V4: [u32; 10] = [24, 24, 24, 24, 24, 23, 23, 22, 22, 21];
const LENGTHS_V6: [u32; 10] = [48, 48, 48, 47, 46, 44, 40, 40, 36, 32];
/// Where addresses of IPv6 are in use: the first 16 bits.
const BLOCKS_V6: [u16; 14] = [
    0x2001, 0x2400, 0x2401, 0x2402, 0x2404, 0x2600, 0x2602, 0x2604, 0x2800, 0x2804, 0x2a00, 0x2a02, 0x2a0d,
    0x2c0f,
];
const COUNTRIES: [&str; 16] = [
    "US", "DE", "GB", "FR", "JP", "CN", "BR", "IN", "NL", "RU", "AU", "CA", "IT", "ES", "SE", "AT",
];

/// A table, and an address in each of its prefixes.
fn table() -> (String, Vec<IpAddr>) {
    let mut random = fastrand::Rng::with_seed(7);
    let (mut text, mut addresses) = (String::new(), Vec::new());
    let mut start = 1u32 << 24;
    for _ in 0..PREFIXES_V4 {
        let length = LENGTHS_V4[random.usize(..LENGTHS_V4.len())];
        let size = 1u32 << (32 - length);
        start = start.next_multiple_of(size);
        let country = COUNTRIES[random.usize(..COUNTRIES.len())];
        let _ = writeln!(text, "{}/{length},{country}", Ipv4Addr::from(start));
        addresses.push(Ipv4Addr::from(start + random.u32(..size)).into());
        // Every now and then a large network, which is what makes the tables cover most addresses.
        start += if random.u32(..64) == 0 { 1 << 18 } else { size };
    }
    for block in BLOCKS_V6 {
        let mut start = u128::from(block) << 112;
        for _ in 0..PREFIXES_V6 / BLOCKS_V6.len() {
            let length = LENGTHS_V6[random.usize(..LENGTHS_V6.len())];
            let size = 1u128 << (128 - length);
            start = start.next_multiple_of(size);
            let country = COUNTRIES[random.usize(..COUNTRIES.len())];
            let _ = writeln!(text, "{}/{length},{country}", Ipv6Addr::from(start));
            addresses.push(Ipv6Addr::from(start + random.u128(..size)).into());
            start += size;
        }
    }
    (text, addresses)
}

fn reputation(criterion: &mut Criterion) {
    let (text, mut addresses) = table();
    fastrand::Rng::with_seed(8).shuffle(&mut addresses);
    let source = Source::text(Kind::Country, "countries", text);
    let reputation = Reputation::builder()
        .source(source)
        .build()
        .expect("the table is one");
    println!("{} prefixes take {} bytes", addresses.len(), reputation.size());
    let (v4, v6): (Vec<IpAddr>, Vec<IpAddr>) = addresses.iter().partition(|address| address.is_ipv4());
    for (name, addresses) in [("v4", v4), ("v6", v6)] {
        let mut next = addresses.iter().cycle();
        criterion.bench_function(&format!("reputation/lookup_{name}"), |bencher| {
            // Not in batches: a batch of details would be written to memory, which costs more than looking them up.
            bencher.iter(|| {
                let address = next.next().expect("it never ends");
                black_box(&reputation.lookup(*address));
            });
        });
    }
}

criterion_group!(benches, reputation);
criterion_main!(benches);
