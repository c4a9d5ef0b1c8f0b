//! The propagation vectors and the carrier scenarios over every carrier of this workspace that needs no client.

use std::collections::HashMap;

use tracehop::MemoryHeaders;
use tracehop_testing::carrier_conformance;

// Names are strings, so the two headers whose names are not UTF-8 cannot be held.
carrier_conformance!(in_memory, MemoryHeaders, not_representable: 2);
// It can hold no repeats, no nulls, and no values that are not UTF-8.
carrier_conformance!(hash_map, HashMap<String, String>, not_representable: 61);
