// A SCIM 2.0 server that others wrote (scimmy, scimmy-routers, express 4), with
// users and groups in memory. It prints its address and its token, and lives until its
// standard input ends.
import crypto from "node:crypto";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const token = "interop-token";

const users = new Map(); // by id

const taken = (userName, id) =>
    [...users.values()].some((user) => user.id !== id && user.userName.toLowerCase() === userName.toLowerCase());

const notFound = (id) => new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);

SCIMMY.Resources.declare(SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser, false))
    .ingress((resource, data) => {
        if (resource.id && !users.has(resource.id)) throw notFound(resource.id);
        if (taken(data.userName, resource.id)) throw new SCIMMY.Types.Error(409, "uniqueness", "userName is taken");
        const now = new Date().toISOString();
        const id = resource.id ?? crypto.randomUUID();
        const created = users.get(id)?.meta.created ?? now;
        const user = {...JSON.parse(JSON.stringify(data)), id, meta: {created, lastModified: now}};
        users.set(id, user);
        return user;
    })
    .egress((resource) => {
        if (resource.id) {
            if (!users.has(resource.id)) throw notFound(resource.id);
            return users.get(resource.id);
        }
        const all = [...users.values()];
        return resource.filter ? resource.filter.match(all) : all;
    })
    .degress((resource) => {
        if (!users.delete(resource.id)) throw notFound(resource.id);
    });

// Groups, with a copy of each in and out, so that nothing is shared between requests.
const groups = new Map(); // by id
SCIMMY.Resources.declare(SCIMMY.Resources.Group)
    .ingress((resource, data) => {
        if (resource.id && !groups.has(resource.id)) throw notFound(resource.id);
        const id = resource.id ?? crypto.randomUUID();
        groups.set(id, {...JSON.parse(JSON.stringify(data)), id});
        return structuredClone(groups.get(id));
    })
    .egress((resource) => {
        if (!resource.id) return structuredClone([...groups.values()]);
        if (!groups.has(resource.id)) throw notFound(resource.id);
        return structuredClone(groups.get(resource.id));
    })
    .degress((resource) => {
        if (!groups.delete(resource.id)) throw notFound(resource.id);
    });

const app = express();
// One request a connection, so that the proxy decides anew for each of them.
app.use((_, response, next) => {
    response.set("Connection", "close");
    next();
});
// How many users there are, counted by the server: not a part of SCIM.
app.get("/count", (_, response) => response.json({users: users.size, names: new Set([...users.values()].map((u) => u.userName.toLowerCase())).size}));
app.post("/clear", (_, response) => response.json(groups.clear() ?? users.clear() ?? {}));
app.use("/scim/v2", new SCIMMYRouters({
    type: "bearer",
    handler: (request) => {
        if (request.header("Authorization") !== `Bearer ${token}`) throw new Error("Authorization not detected!");
        return "administrator";
    },
}));

const server = app.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/scim/v2 ${token}`));
process.stdin.on("end", () => process.exit(0)).resume();
