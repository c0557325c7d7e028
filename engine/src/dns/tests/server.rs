//! A DNS server on a free port of this machine that answers what a test tells it to.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use hickory_resolver::proto::op::{Message, MessageType, ResponseCode};
use hickory_resolver::proto::rr::rdata::SOA;
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use tokio::net::UdpSocket;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

/// What the server does when asked about a name.
#[derive(Clone)]
enum Entry {
    Records(Vec<RData>),
    Fails(ResponseCode),
    Silent,
}

/// What the server knows. Other names don't exist.
#[derive(Default)]
pub(crate) struct Zone {
    entries: HashMap<String, Entry>,
    is_held: bool,
}

impl Zone {
    /// Adds a record to a name.
    pub(crate) fn record(mut self, name: &str, data: RData) -> Self {
        let entry = self.entries.entry(name.to_owned());
        match entry.or_insert_with(|| Entry::Records(Vec::new())) {
            Entry::Records(records) => records.push(data),
            _ => panic!("{name} has no records"),
        }
        self
    }

    /// Makes questions about a name fail.
    pub(crate) fn fails(mut self, name: &str, code: ResponseCode) -> Self {
        self.entries.insert(name.to_owned(), Entry::Fails(code));
        self
    }

    /// Leaves questions about a name unanswered.
    pub(crate) fn silent(mut self, name: &str) -> Self {
        self.entries.insert(name.to_owned(), Entry::Silent);
        self
    }

    /// Answers nothing before [`Server::release`].
    pub(crate) fn held(mut self) -> Self {
        self.is_held = true;
        self
    }
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    questions: Arc<Mutex<Vec<(String, RecordType)>>>,
    gate: Arc<Semaphore>,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(zone: Zone) -> Self {
        let socket = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
        let address = socket.local_addr().unwrap();
        let questions = Arc::new(Mutex::new(Vec::new()));
        let gate = Arc::new(Semaphore::new(if zone.is_held { 0 } else { 1 }));
        let (asked, open) = (Arc::clone(&questions), Arc::clone(&gate));
        let task = tokio::spawn(async move {
            let mut buffer = [0; 4096];
            loop {
                let (length, client) = socket.recv_from(&mut buffer).await.unwrap();
                let question = Message::from_vec(&buffer[..length]).unwrap();
                let query = &question.queries[0];
                asked
                    .lock()
                    .unwrap()
                    .push((query.name().to_ascii(), query.query_type()));
                let Some(answer) = answer(&zone, &question) else {
                    continue;
                };
                let (socket, open) = (Arc::clone(&socket), Arc::clone(&open));
                tokio::spawn(async move {
                    let _permit = open.acquire().await.unwrap();
                    socket.send_to(&answer, client).await.unwrap();
                });
            }
        });
        Self {
            address,
            questions,
            gate,
            task,
        }
    }

    /// Answers what was held back, and everything from now on.
    pub(crate) fn release(&self) {
        self.gate.add_permits(1);
    }

    /// What was asked so far.
    pub(crate) fn questions(&self) -> Vec<(String, RecordType)> {
        self.questions.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The answer to a question, if there is to be one.
fn answer(zone: &Zone, question: &Message) -> Option<Vec<u8>> {
    let query = &question.queries[0];
    let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
    assert_eq!(answer.metadata.message_type, MessageType::Response);
    answer.metadata.recursion_available = true;
    answer.add_query(query.clone());
    let record = |data: &RData| Record::from_rdata(query.name().clone(), 300, data.clone());
    match zone.entries.get(&query.name().to_ascii()) {
        Some(Entry::Silent) => return None,
        Some(Entry::Fails(code)) => answer.metadata.response_code = *code,
        Some(Entry::Records(records)) => {
            let asked_for = |data: &&RData| data.record_type() == query.query_type();
            answer.add_answers(records.iter().filter(asked_for).map(record));
        }
        None => answer.metadata.response_code = ResponseCode::NXDomain,
    }
    let is_negative = matches!(
        answer.metadata.response_code,
        ResponseCode::NoError | ResponseCode::NXDomain
    );
    if is_negative && answer.answers.is_empty() {
        let name = |text: &str| Name::from_ascii(text).unwrap();
        let soa = SOA::new(name("ns.example."), name("admin.example."), 1, 2, 3, 4, 300);
        answer.add_authority(Record::from_rdata(name("example."), 300, RData::SOA(soa)));
    }
    Some(answer.to_vec().unwrap())
}
