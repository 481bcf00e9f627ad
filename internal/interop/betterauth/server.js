// The SCIM 2.0 server of Better Auth, with users in memory. It prints its address
// and its token, and lives until its standard input ends.
import {scim} from "@better-auth/scim";
import {betterAuth} from "better-auth";
import {getMigrations} from "better-auth/db/migration";
import {toNodeHandler} from "better-auth/node";
import {once} from "node:events";
import {createServer} from "node:http";
import {DatabaseSync} from "node:sqlite";

const server = createServer().listen(0, "127.0.0.1");
await once(server, "listening");
const origin = `http://127.0.0.1:${server.address().port}`;

const token = "interop-token";
const database = new DatabaseSync(":memory:");
const options = {
    baseURL: origin, secret: "a secret of the interoperability tests", database,
    emailAndPassword: {enabled: true}, rateLimit: {enabled: false},
    plugins: [scim({connections: [{id: "interop", credentials: [{type: "bearer", id: "usher", token}]}]})],
};
await (await getMigrations(options)).runMigrations();
const handle = toNodeHandler(betterAuth(options));

const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").all();
const own = {
    // How many users there are, counted by the server: not a part of SCIM.
    "GET /count": () => database.prepare('SELECT count(*) AS users, count(DISTINCT lower("userName")) AS names FROM "scimUser"').get(),
    "POST /clear": () => {
        database.exec(["PRAGMA foreign_keys = OFF", ...tables.map(({name}) => `DELETE FROM "${name}"`), "PRAGMA foreign_keys = ON"].join(";"));
        return {};
    },
};
server.on("request", (request, response) => {
    // One request a connection, so that the proxy decides anew for each of them.
    response.setHeader("Connection", "close");
    const answer = own[`${request.method} ${request.url}`];
    if (!answer) return handle(request, response);
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify(answer()));
});

console.log(`${origin}/api/auth/scim/v2 ${token}`);
process.stdin.on("end", () => process.exit(0)).resume();
