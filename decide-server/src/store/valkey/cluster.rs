//! A cluster: which node keeps which slot, learned from any node and corrected by redirections.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use arcjet_engine::ConfigError;
use redis::{Cmd, Value};
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;
use tokio::time::{Instant as Deadline, sleep, timeout, timeout_at};

use super::config::{Address, ValkeyConfig};
use super::connect::{CONNECT_TIMEOUT, Dialer};
use super::error::CallError;
use super::metrics::Metrics;
use super::node::Node;
use super::script::{Invocation, tag};
use super::source::{Source, text};

const SLOTS: u16 = 16384;

/// How often a command follows the cluster to another node: once for a slot that has moved, once for a key that is on its
/// way, and once more.
const REDIRECTIONS: usize = 3;

/// The least time between two look-ups of the slots, and the time after which they are looked up while a node is down.
const PACE: Duration = Duration::from_millis(500);

pub(super) struct Cluster {
    shared: Arc<Shared>,
    keeper: OnceLock<Keeper>,
}

struct Keeper(AbortHandle);

impl Drop for Keeper {
    fn drop(&mut self) {
        self.0.abort();
    }
}

struct Shared {
    seeds: Vec<Address>,
    dialer: Arc<Dialer>,
    failures: u32,
    deadline: Duration,
    metrics: Arc<Metrics>,
    map: ArcSwap<Map>,
    /// Told when the map is out of date.
    stale: Notify,
    /// Whether the slots were looked up once, or could not be.
    tried: watch::Sender<bool>,
}

/// Who keeps what. The nodes live as long as some map names them.
#[derive(Default)]
struct Map {
    nodes: HashMap<Address, Arc<Node>>,
    /// The last slot of each range, ascending, and who keeps the range.
    ranges: Vec<(u16, Arc<Node>)>,
}

impl Map {
    fn node(&self, slot: u16) -> Option<&Arc<Node>> {
        let at = self.ranges.partition_point(|(last, _)| *last < slot);
        self.ranges.get(at).map(|(_, node)| node)
    }
}

impl Cluster {
    pub(super) fn new(
        config: &ValkeyConfig,
        seeds: Vec<Address>,
        metrics: Arc<Metrics>,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            shared: Arc::new(Shared {
                seeds,
                dialer: Arc::new(Dialer::new(config)?),
                failures: config.failures,
                deadline: config.deadline,
                metrics,
                map: ArcSwap::default(),
                stale: Notify::new(),
                tried: watch::Sender::new(false),
            }),
            keeper: OnceLock::new(),
        })
    }

    /// Starts to look for the nodes, if that has not begun. It has to be called within a runtime.
    pub(super) fn start(&self) {
        self.keeper
            .get_or_init(|| Keeper(tokio::spawn(Arc::clone(&self.shared).keep()).abort_handle()));
    }

    /// Runs a script where its keys are.
    pub(super) async fn run(
        &self,
        slot: u16,
        invocation: &Invocation,
        deadline: Deadline,
    ) -> Result<Value, CallError> {
        let mut node = self.node(slot, deadline).await?;
        let mut asking = false;
        for _ in 0..REDIRECTIONS {
            let result = node.run(invocation, asking, deadline).await;
            let Err(error) = &result else { return result };
            if error.is_elsewhere() || !node.is_up() {
                self.shared.stale.notify_one();
            }
            let Some((address, only_once)) = error.redirect() else {
                return result;
            };
            if !only_once {
                self.shared.stale.notify_one();
            }
            let Some(address) = address_of(address) else {
                return result;
            };
            (node, asking) = (self.shared.node(&address), only_once);
        }
        Err(CallError::unavailable())
    }

    async fn node(&self, slot: u16, deadline: Deadline) -> Result<Arc<Node>, CallError> {
        if let Some(node) = self.shared.map.load().node(slot) {
            return Ok(Arc::clone(node));
        }
        self.start();
        let mut tried = self.shared.tried.subscribe();
        // It ends early only if the sender is gone, which is in `self`.
        if timeout_at(deadline, tried.wait_for(|tried| *tried))
            .await
            .is_err()
        {
            return Err(CallError::timeout(self.shared.deadline));
        }
        self.shared.stale.notify_one();
        let map = self.shared.map.load();
        map.node(slot).map(Arc::clone).ok_or_else(CallError::unavailable)
    }
}

impl Shared {
    /// The node at an address, which is new if no map knows it.
    fn node(&self, address: &Address) -> Arc<Node> {
        if let Some(node) = self.map.load().nodes.get(address) {
            return Arc::clone(node);
        }
        let node = self.connect(address);
        // Kept, so that the next command finds it connected. Should two do this at once, one of the two nodes serves no
        // more than the command that made it.
        self.map.rcu(|map| {
            let mut nodes = map.nodes.clone();
            nodes.entry(address.clone()).or_insert_with(|| Arc::clone(&node));
            let ranges = map.ranges.clone();
            Map { nodes, ranges }
        });
        node
    }

    fn connect(&self, address: &Address) -> Arc<Node> {
        let source = Source::Fixed {
            dialer: Arc::clone(&self.dialer),
            address: address.clone(),
        };
        let metrics = Arc::clone(&self.metrics);
        Arc::new(Node::new(source, self.failures, self.deadline, metrics))
    }

    /// Keeps the map up to date, for as long as the cluster is used.
    async fn keep(self: Arc<Self>) {
        loop {
            let known = self.look_up().await;
            self.tried.send_replace(true);
            sleep(PACE).await;
            let all_up = known && self.map.load().nodes.values().all(|node| node.is_up());
            if all_up {
                self.stale.notified().await;
            } else {
                // Somebody may have taken over.
                let _ = timeout(PACE, self.stale.notified()).await;
            }
        }
    }

    /// Asks one node after another, those known to answer first, until one tells the slots.
    async fn look_up(&self) -> bool {
        let map = self.map.load_full();
        let mut candidates: Vec<_> = map.nodes.iter().collect();
        candidates.sort_by_key(|(_, node)| !node.is_up());
        let known = candidates.into_iter().map(|(address, _)| address);
        let mut question = Cmd::new();
        question.arg("CLUSTER").arg("SLOTS");
        for address in known.chain(&self.seeds) {
            let answer = match timeout(CONNECT_TIMEOUT, self.dialer.ask(address, &question)).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(error)) => {
                    tracing::debug!(server = %address, %error, "the node does not tell the cluster's slots");
                    continue;
                }
                Err(_) => continue,
            };
            let ranges = ranges(&answer, address);
            if !ranges.is_empty() {
                self.take_up(&ranges);
                return true;
            }
        }
        tracing::warn!("no node of the cluster tells who keeps which slots");
        false
    }

    fn take_up(&self, ranges: &[(u16, Address)]) {
        let before = self.map.load_full();
        let mut map = Map::default();
        for (last, address) in ranges {
            let node = map.nodes.entry(address.clone()).or_insert_with(|| {
                let node = before.nodes.get(address).map(Arc::clone);
                node.unwrap_or_else(|| self.connect(address))
            });
            node.start();
            map.ranges.push((*last, Arc::clone(node)));
        }
        self.map.store(Arc::new(map));
    }
}

/// Reads who keeps which slots: the last slot of each range and the address of its master, ascending. A node that does not
/// know its own name leaves it empty; it is `asked` then. Gaps belong to the node after them, which says so if it is not true.
fn ranges(answer: &Value, asked: &Address) -> Vec<(u16, Address)> {
    let Value::Array(rows) = answer else {
        return Vec::new();
    };
    let range = |row: &Value| {
        let Value::Array(row) = row else { return None };
        let [_, Value::Int(last), Value::Array(master), ..] = &**row else {
            return None;
        };
        let [host, Value::Int(port), ..] = &**master else {
            return None;
        };
        let port = u16::try_from(*port).ok()?;
        let host = match (text(host), asked) {
            (Some(host), _) if !host.is_empty() && host != "?" => host.to_owned(),
            (_, Address::Tcp { host, .. }) => host.clone(),
            _ => return None,
        };
        let last = u16::try_from(*last).ok().filter(|last| *last < SLOTS)?;
        Some((last, Address::Tcp { host, port }))
    };
    let mut ranges: Vec<_> = rows.iter().filter_map(range).collect();
    ranges.sort_by_key(|(last, _)| *last);
    ranges
}

/// Reads `host:port` of a redirection; IPv6 addresses stand there without brackets.
fn address_of(text: &str) -> Option<Address> {
    let (host, port) = text.rsplit_once(':')?;
    let host = host.trim_matches(['[', ']']);
    if host.is_empty() {
        return None;
    }
    Some(Address::Tcp {
        host: host.to_owned(),
        port: port.parse().ok()?,
    })
}

/// The slot of a group of keys: CRC-16 (XMODEM) of the tag, modulo the number of slots.
pub(super) fn slot(group: u64) -> u16 {
    let crc = tag(group).bytes().fold(0_u16, |crc, byte| {
        (0..8).fold(crc ^ u16::from(byte) << 8, |crc, _| {
            if crc & 0x8000 == 0 {
                crc << 1
            } else {
                crc << 1 ^ 0x1021
            }
        })
    });
    crc % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp(host: &str, port: u16) -> Address {
        let host = host.to_owned();
        Address::Tcp { host, port }
    }

    fn master(host: &str, port: i64) -> Value {
        Value::Array(vec![
            Value::BulkString(host.as_bytes().to_vec()),
            Value::Int(port),
            Value::BulkString(b"id".to_vec()),
        ])
    }

    #[test]
    fn slots_are_read_and_sorted() {
        let row = |first, last, master| Value::Array(vec![Value::Int(first), Value::Int(last), master]);
        let answer = Value::Array(vec![
            row(8000, 16383, master("10.0.0.2", 7001)),
            row(0, 7999, master("", 7000)),
            row(0, 99_999, master("10.0.0.3", 1)),
            row(0, 5, Value::Nil),
            Value::Int(3),
        ]);
        assert_eq!(
            ranges(&answer, &tcp("seed", 1)),
            [(7999, tcp("seed", 7000)), (16383, tcp("10.0.0.2", 7001))]
        );
        assert_eq!(ranges(&Value::Nil, &tcp("seed", 1)), []);
    }

    #[test]
    fn redirections_are_read() {
        assert_eq!(address_of("10.0.0.1:7000"), Some(tcp("10.0.0.1", 7000)));
        assert_eq!(address_of("2001:db8::1:7000"), Some(tcp("2001:db8::1", 7000)));
        for text in ["", "7000", ":7000", "host:", "host:x"] {
            assert_eq!(address_of(text), None, "{text}");
        }
    }

    /// The values are what `CLUSTER KEYSLOT` of a server says.
    #[test]
    fn slots_are_those_of_the_server() {
        for (group, expected) in [(0, 8595), (1, 6505), (u64::MAX, 7759)] {
            assert_eq!(slot(group), expected, "{}", tag(group));
        }
    }
}
