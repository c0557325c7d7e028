//! Finds the places of a text where one of many literals may stand.
//!
//! Each literal is filed under one of its trigrams, one that is rare in ordinary texts. The search hashes every trigram of the text,
//! each independently of the others, and looks into a bitmap that fits into the processor's first cache; where a bit is set it asks
//! a second one, with the byte behind the trigram, and where that has a bit too it visits the probes filed there. An automaton over
//! as many literals would be larger than that cache, and each of its steps waits for the one before. The build script makes the
//! tables (`build/index.rs`).

/// The tables of a search; `WORDS` is a power of two, `BUCKETS` one more than a smaller power of two.
#[derive(Debug)]
pub(crate) struct Prefilter<const WORDS: usize, const BUCKETS: usize> {
    /// The hash of a trigram is the upper bits of its product with this.
    pub(crate) multiplier: u32,
    /// One bit for each hash: whether a probe has it.
    pub(crate) bitmap: [u32; WORDS],
    /// The same for the windows of the probes, with another hash.
    pub(crate) windows: [u32; WORDS],
    /// Where the probes of each bucket start, and where the last ones end.
    pub(crate) buckets: [u16; BUCKETS],
    pub(crate) probes: &'static [Probe],
}

/// A trigram of a literal.
#[derive(Debug)]
pub(crate) struct Probe {
    /// Four bytes, the first one lowest: the trigram and what follows it in the literal, 0 where it ends the literal.
    pub(crate) window: u32,
    pub(crate) literal: u16,
    /// Where in the literal the trigram starts.
    pub(crate) offset: u8,
    /// What the literal has in common with others; a search can leave out whole groups.
    pub(crate) group: u8,
}

impl<const WORDS: usize, const BUCKETS: usize> Prefilter<WORDS, BUCKETS> {
    const HASH_BITS: u32 = WORDS.ilog2() + 5;
    /// The factor of the second hash, the same in `build/index.rs`.
    const WINDOW_MULTIPLIER: u32 = 0x85EB_CA6B;
    const BUCKET_BITS: u32 = (BUCKETS - 1).ilog2();

    /// Calls `visit` for each literal that a trigram of the text promises, with the place where the literal would start. That it
    /// stands there is for `visit` to check. One step for each byte, and one visit for each probe of the trigram there.
    #[inline]
    pub(crate) fn search(&self, text: &[u8], visit: impl FnMut(u16, usize)) {
        self.run(text, |byte| byte, |_| true, visit);
    }

    /// The same for the literals of some groups only.
    #[inline]
    pub(crate) fn search_groups(
        &self,
        text: &[u8],
        wanted: impl Fn(u8) -> bool,
        visit: impl FnMut(u16, usize),
    ) {
        self.run(text, |byte| byte, wanted, visit);
    }

    /// The same for literals in lower case, and a text in any.
    #[inline]
    pub(crate) fn search_any_case(&self, text: &[u8], visit: impl FnMut(u16, usize)) {
        self.run(text, |byte| byte.to_ascii_lowercase(), |_| true, visit);
    }

    #[inline(always)]
    fn run(
        &self,
        text: &[u8],
        fold: impl Fn(u8) -> u8,
        wanted: impl Fn(u8) -> bool,
        mut visit: impl FnMut(u16, usize),
    ) {
        let hash =
            |window: u32| (window & 0x00FF_FFFF).wrapping_mul(self.multiplier) >> (32 - Self::HASH_BITS);
        // 1 if a probe has the trigram's hash.
        let bit = |hash: u32| self.bitmap[(hash / 32) as usize] >> (hash % 32) & 1;
        let mut look = |window: u32, start: usize| {
            let (trigram, hash) = (window & 0x00FF_FFFF, hash(window));
            if self.has_window(window) || self.has_window(trigram) {
                self.visit(trigram, window, hash, start, &wanted, &mut visit);
            }
        };
        // Eight bytes hold four windows and what the last of them needs.
        let mut done = 0;
        while let Some(eight) = text.get(done..).and_then(<[u8]>::first_chunk::<8>) {
            let eight = u64::from_le_bytes(eight.map(&fold));
            let window = |at: u32| (eight >> (8 * at)) as u32;
            let bit = |at: u32| bit(hash(window(at))) << at;
            let mut set = bit(0) | bit(1) | bit(2) | bit(3);
            while set != 0 {
                let at = set.trailing_zeros();
                look(window(at), done + at as usize);
                set &= set - 1;
            }
            done += 4;
        }
        for (ahead, bytes) in text[done..].windows(4).enumerate() {
            if let &[a, b, c, d] = bytes {
                let window = u32::from_le_bytes([a, b, c, d].map(&fold));
                if bit(hash(window)) == 1 {
                    look(window, done + ahead);
                }
            }
        }
        // The last trigram has nothing behind it.
        if let &[.., a, b, c] = text {
            let window = u32::from_le_bytes([fold(a), fold(b), fold(c), 0]);
            if bit(hash(window)) == 1 {
                look(window, text.len() - 3);
            }
        }
    }

    #[inline(always)]
    fn has_window(&self, window: u32) -> bool {
        let hash = window.wrapping_mul(Self::WINDOW_MULTIPLIER) >> (32 - Self::HASH_BITS);
        self.windows[(hash / 32) as usize] >> (hash % 32) & 1 == 1
    }

    #[cold]
    fn visit(
        &self,
        trigram: u32,
        window: u32,
        hash: u32,
        start: usize,
        wanted: &impl Fn(u8) -> bool,
        visit: &mut impl FnMut(u16, usize),
    ) {
        let bucket = (hash >> (Self::HASH_BITS - Self::BUCKET_BITS)) as usize;
        let probes = usize::from(self.buckets[bucket])..usize::from(self.buckets[bucket + 1]);
        for probe in &self.probes[probes] {
            if (probe.window == window || probe.window == trigram)
                && wanted(probe.group)
                && let Some(from) = start.checked_sub(usize::from(probe.offset))
            {
                visit(probe.literal, from);
            }
        }
    }
}
