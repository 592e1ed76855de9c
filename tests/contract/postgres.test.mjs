// The contract, against the native binary with its store in PostgreSQL; then two of them on one database.
import test, { after } from "node:test";
import { contract } from "./cases/index.mjs";
import { severalInstances } from "./cases/several.mjs";
import { startNative } from "./native-home.mjs";
import { startPostgres } from "./postgres-server.mjs";

const database = startPostgres();
if (database) {
  const home = await startNative({}, { database });
  after(async () => {
    await home.stop();
    database.stop();
  });
  contract(home, severalInstances);
} else {
  test("skipped: PostgreSQL is not installed", { skip: true }, () => {});
}
