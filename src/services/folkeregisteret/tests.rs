//! What clients see, and the oracle of the whole register: folding a person's event documents gives the live document.

mod calls;
mod daarlig_inndata;
mod flom;
mod oracle;
mod pakker;
mod sjekk;
mod skjema;
mod soek;
mod soek_orakel;
