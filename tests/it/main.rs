fn main() {}
mod contract_journal;
