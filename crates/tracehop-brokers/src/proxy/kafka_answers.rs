//! What makes Kafka's clients come back to the proxy: a broker tells them its own address.

use std::net::SocketAddr;

use super::server_address::ServerAddress;

/// The length of an answer, which stands before it.
const LENGTH: usize = 4;

/// One connection's answers, in which the broker's port becomes the proxy's.
///
/// An address is a host's name and then a port of four bytes. Only the port becomes another, so all lengths stay.
#[derive(Debug, Clone)]
pub(super) struct KafkaAnswers {
    /// How the broker may write where it is.
    addresses: Vec<Vec<u8>>,
    /// What came and was not passed on: the length of an answer, or what may be the beginning of an address.
    kept: Vec<u8>,
    /// How much of the answer in `kept` is still to be passed on.
    rest: u64,
}

impl KafkaAnswers {
    pub(super) fn of(broker: &ServerAddress) -> Self {
        let port = u32::from(broker.port).to_be_bytes();
        let hosts = ["127.0.0.1", "localhost", "::1", &broker.host];
        let addresses = hosts.map(|host| [host.as_bytes(), &port].concat()).to_vec();
        Self { addresses, kept: Vec::new(), rest: 0 }
    }

    /// Nothing is kept of an answer that is complete: its reader waits for it.
    pub(super) fn rewrite(&mut self, bytes: &[u8], proxy: SocketAddr) -> Vec<u8> {
        if bytes.is_empty() {
            return std::mem::take(&mut self.kept);
        }
        self.kept.extend_from_slice(bytes);
        let longest = self.addresses.iter().map(Vec::len).max().unwrap_or_default();
        let mut passed = Vec::new();
        loop {
            if self.rest == 0 {
                let Some(length) = self.kept.first_chunk::<LENGTH>() else { return passed };
                self.rest = u64::from(u32::from_be_bytes(*length)) + LENGTH as u64;
            }
            let complete = usize::try_from(self.rest).ok().filter(|rest| *rest <= self.kept.len());
            let here = complete.unwrap_or(self.kept.len());
            self.replace(here, proxy.port());
            // Of an answer that goes on, the end may be the beginning of an address.
            let count = complete.unwrap_or_else(|| here.saturating_sub(longest - 1));
            passed.extend(self.kept.drain(..count));
            self.rest -= count as u64;
            if complete.is_none() {
                return passed;
            }
        }
    }

    fn replace(&mut self, length: usize, port: u16) {
        let Some(answer) = self.kept.get_mut(..length) else { return };
        for address in &self.addresses {
            let mut start = 0;
            while let Some(rest) = answer.get_mut(start..)
                && let Some(at) = rest.windows(address.len()).position(|window| window == address)
            {
                start += at + address.len();
                let own = rest.get_mut(..at + address.len()).and_then(<[u8]>::last_chunk_mut::<4>);
                if let Some(own) = own {
                    *own = u32::from(port).to_be_bytes();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROXY: &str = "127.0.0.1:40000";

    fn answer(hosts: &[(&str, u32)]) -> Vec<u8> {
        let mut body = b"head".to_vec();
        for (host, port) in hosts {
            body.extend_from_slice(host.as_bytes());
            body.extend_from_slice(&port.to_be_bytes());
            body.extend_from_slice(b"between");
        }
        [&u32::try_from(body.len()).unwrap().to_be_bytes()[..], &body].concat()
    }

    #[test]
    fn however_answers_are_cut_into_pieces_the_brokers_port_becomes_the_proxys_and_nothing_is_kept() {
        let hosts =
            [("127.0.0.1", 9092), ("localhost", 9092), ("broker", 9092), ("other", 9092), ("broker", 9093)];
        let changed = [
            ("127.0.0.1", 40000),
            ("localhost", 40000),
            ("broker", 40000),
            ("other", 9092),
            ("broker", 9093),
        ];
        let answers = [answer(&hosts), answer(&[]), answer(&hosts[..1])].concat();
        let expected = [answer(&changed), answer(&[]), answer(&changed[..1])].concat();
        let broker = ServerAddress { host: "broker".to_owned(), port: 9092 };
        for size in 1..=answers.len() {
            let mut rewriting = KafkaAnswers::of(&broker);
            let mut passed = Vec::new();
            for piece in answers.chunks(size) {
                passed.extend(rewriting.rewrite(piece, PROXY.parse().unwrap()));
            }
            assert_eq!(passed, expected, "in pieces of {size} bytes");
        }
    }

    #[test]
    fn what_is_no_answer_of_kafkas_is_passed_on_and_not_collected() {
        let mut rewriting = KafkaAnswers::of(&ServerAddress { host: "broker".to_owned(), port: 9092 });
        let bytes = [0xff; 1000];
        let mut passed = rewriting.rewrite(&bytes, PROXY.parse().unwrap());
        assert!(passed.len() > 980, "{}", passed.len());
        passed.extend(rewriting.rewrite(&[], PROXY.parse().unwrap()));
        assert_eq!(passed, bytes, "the rest comes at the end of the stream");
    }
}
