// The SCIM 2.0 server of Ory Polis, formerly BoxyHQ Jackson, with users in memory.
// The route is that of the product's own pages/api/scim/v2.0/[...directory].ts.
// It prints its address and its token, and lives until its standard input ends.
import jackson from "@boxyhq/saml-jackson";
import express from "express";
import {once} from "node:events";

const app = express();
const server = app.listen(0, "127.0.0.1");
await once(server, "listening");
const origin = `http://127.0.0.1:${server.address().port}`;

const silent = () => {};
const {directorySyncController: directories} = await jackson.default({
    externalUrl: origin, samlPath: "/api/oauth/saml", scimPath: "/scim/v2", db: {engine: "mem"}, noAnalytics: true,
    logger: {info: silent, warn: silent, error: silent},
});
const {data: directory, error} = await directories.directories.create({
    type: "generic-scim-v2", tenant: "acme", product: "interop", name: "interop",
});
if (error) throw new Error(error.message);
directories.users.setTenantAndProduct(directory.tenant, directory.product);
directories.groups.setTenantAndProduct(directory.tenant, directory.product);

// Every user of the directory. The server's own list ends after 50.
const everyone = async () => {
    const users = [];
    for (;;) {
        const {data} = await directories.users.getAll({directoryId: directory.id, pageOffset: users.length, pageLimit: 50});
        if (data.length === 0) return users;
        users.push(...data);
    }
};

// One request a connection, so that the proxy decides anew for each of them.
app.use((_, response, next) => {
    response.set("Connection", "close");
    next();
});
// How many users there are, counted by the server: not a part of SCIM.
app.get("/count", async (_, response) => {
    const users = await everyone();
    response.json({users: users.length, names: new Set(users.map((user) => user.raw.userName.toLowerCase())).size});
});
app.post("/clear", async (_, response) => {
    await directories.users.deleteAll(directory.id);
    await directories.groups.deleteAll(directory.id);
    response.json({});
});
const number = (text) => (text ? parseInt(text) : undefined);
app.use("/scim/v2/:directory/:resource/:id?", express.json({type: () => true}), (request, response, next) => {
    directories.requests.handle({
        method: request.method, body: request.body, directoryId: request.params.directory,
        resourceType: request.params.resource, resourceId: request.params.id,
        apiSecret: request.header("Authorization")?.split(" ")[1] ?? null,
        query: {
            count: number(request.query.count), startIndex: number(request.query.startIndex), filter: request.query.filter,
            includeMembers: request.query.includeMembers === "true",
        },
    }).then(({status, data}) => response.status(status).json(data)).catch(next);
});

console.log(`${origin}/scim/v2/${directory.id} ${directory.scim.secret}`);
process.stdin.on("end", () => process.exit(0)).resume();
