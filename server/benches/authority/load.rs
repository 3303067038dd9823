//! Many clients on connections that they keep, in the same process and on the same cores.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::sync::Mutex;
use tokio::sync::mpsc;

/// Something that is asked: the bytes of the request of that number.
pub(crate) type Ask = Arc<dyn Fn(u64) -> Vec<u8> + Send + Sync>;

/// How fast something went.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    pub(crate) per_second: f64,
    pub(crate) median: Duration,
    pub(crate) p99: Duration,
    /// What it took for each; nothing where the system does not say.
    pub(crate) spent: Option<Spent>,
}

/// What something takes that other load on the machine does not change.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spent {
    /// What the threads of servers and databases in this process compute.
    pub(crate) computed: Duration,
    /// What this process writes, in bytes.
    pub(crate) written: u64,
}

impl Pace {
    pub(crate) fn of(mut latencies: Vec<Duration>, took: Duration) -> Self {
        latencies.sort_unstable();
        let at = |share: f64| {
            let place = (latencies.len() as f64 * share) as usize;
            latencies.get(place).copied().unwrap_or_default()
        };
        Self {
            per_second: latencies.len() as f64 / took.as_secs_f64(),
            median: at(0.5),
            p99: at(0.99),
            spent: None,
        }
    }

    /// The same with what was spent since `before`.
    fn since(self, before: Option<Spent>, count: usize) -> Self {
        let spent = Spent::so_far().zip(before).and_then(|(after, before)| {
            let count = u32::try_from(count).ok()?;
            Some(Spent {
                computed: (after.computed - before.computed).checked_div(count)?,
                written: (after.written - before.written).checked_div(count.into())?,
            })
        });
        Self { spent, ..self }
    }
}

/// A request with a JSON body.
pub(crate) fn post(path: &str, api_key: Option<&str>, body: &str) -> Vec<u8> {
    let key = api_key.map_or(String::new(), |key| format!("x-api-key: {key}\r\n"));
    format!(
        "POST {path} HTTP/1.1\r\nhost: bench\r\n{key}content-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Asks as fast as answers come, over so many connections, for a while or `at_most` so many times.
pub(crate) fn drive(
    runtime: &Runtime,
    server: SocketAddr,
    connections: usize,
    lasts: Duration,
    at_most: u64,
    ask: &Ask,
) -> Pace {
    let asked = Arc::new(AtomicU64::new(0));
    let before = Spent::so_far();
    let began = Instant::now();
    let clients: Vec<_> = (0..connections)
        .map(|_| {
            let (ask, asked) = (ask.clone(), asked.clone());
            runtime.spawn(async move {
                let mut connection = Connection::open(server).await;
                let mut latencies = Vec::new();
                while began.elapsed() < lasts {
                    let number = asked.fetch_add(1, Ordering::Relaxed);
                    if number >= at_most {
                        break;
                    }
                    let request = ask(number);
                    let sent = Instant::now();
                    connection.ask(&request).await;
                    latencies.push(sent.elapsed());
                }
                latencies
            })
        })
        .collect();
    let latencies = collect(runtime, clients);
    let (took, count) = (began.elapsed(), latencies.len());
    Pace::of(latencies, took).since(before, count)
}

/// Asks at an even pace, whether or not answers come.
pub(crate) fn pace(
    runtime: &Runtime,
    server: SocketAddr,
    connections: usize,
    per_second: u32,
    lasts: Duration,
    ask: &Ask,
) -> Pace {
    let (due, dues) = mpsc::unbounded_channel::<(u64, Instant)>();
    let dues = Arc::new(Mutex::new(dues));
    let clients: Vec<_> = (0..connections)
        .map(|_| {
            let (ask, dues) = (ask.clone(), dues.clone());
            runtime.spawn(async move {
                let mut connection = Connection::open(server).await;
                let mut latencies = Vec::new();
                loop {
                    let next = dues.lock().await.recv().await;
                    let Some((number, due)) = next else {
                        return latencies;
                    };
                    connection.ask(&ask(number)).await;
                    latencies.push(due.elapsed());
                }
            })
        })
        .collect();
    let before = Spent::so_far();
    let began = Instant::now();
    let total = lasts.as_secs() * u64::from(per_second);
    for number in 0..total {
        let at = began + Duration::from_secs(1) * u32::try_from(number).unwrap() / per_second;
        std::thread::sleep(at.saturating_duration_since(Instant::now()));
        due.send((number, Instant::now())).unwrap();
    }
    drop(due);
    let latencies = collect(runtime, clients);
    let (took, count) = (began.elapsed(), latencies.len());
    Pace::of(latencies, took).since(before, count)
}

fn collect(
    runtime: &Runtime,
    clients: Vec<tokio::task::JoinHandle<Vec<Duration>>>,
) -> Vec<Duration> {
    clients
        .into_iter()
        .flat_map(|client| runtime.block_on(client).unwrap())
        .collect()
}

impl Spent {
    fn so_far() -> Option<Self> {
        let mut nanoseconds = 0;
        for task in std::fs::read_dir("/proc/self/task").ok()? {
            let task = task.ok()?.path();
            let name = std::fs::read_to_string(task.join("comm")).ok()?;
            let is_ours = |start| name.starts_with(start);
            if ["server", "sqlite-", "postgres-"].into_iter().any(is_ours) {
                let times = std::fs::read_to_string(task.join("schedstat")).ok()?;
                nanoseconds += times.split(' ').next()?.parse::<u64>().ok()?;
            }
        }
        let io = std::fs::read_to_string("/proc/self/io").ok()?;
        let written = io
            .lines()
            .find_map(|line| line.strip_prefix("write_bytes: "))?;
        Some(Self {
            computed: Duration::from_nanos(nanoseconds),
            written: written.parse().ok()?,
        })
    }
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(server: SocketAddr) -> Self {
        let stream = TcpStream::connect(server).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream,
            buffer: Vec::with_capacity(16384),
        }
    }

    /// Sends a request and reads its answer, which is to be a success.
    async fn ask(&mut self, request: &[u8]) {
        self.stream.write_all(request).await.unwrap();
        self.buffer.clear();
        loop {
            self.stream.read_buf(&mut self.buffer).await.unwrap();
            let Some(end) = find(&self.buffer, b"\r\n\r\n") else {
                continue;
            };
            let head = std::str::from_utf8(&self.buffer[..end]).unwrap();
            let length: usize = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().unwrap());
            if self.buffer.len() < end + 4 + length {
                continue;
            }
            assert!(
                head.starts_with("HTTP/1.1 20"),
                "{}",
                String::from_utf8_lossy(&self.buffer)
            );
            return;
        }
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}
