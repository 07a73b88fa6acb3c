//! The `thalweg` program.

fn main() -> std::process::ExitCode {
    thalweg_runner::cli::main()
}
