//! The `byteby` program: hands the command line to the library.

fn main() -> std::process::ExitCode {
    byteby::cli::main()
}
