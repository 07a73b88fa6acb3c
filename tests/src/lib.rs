//! What only the whole workspace can show; the tests are in `tests/`.
