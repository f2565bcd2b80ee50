# targets for tests, benchmarks and checks
