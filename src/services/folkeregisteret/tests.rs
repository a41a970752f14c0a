//! What clients see, and the oracle of the whole register: folding a person's event documents gives the live document.

mod calls;
mod oracle;
