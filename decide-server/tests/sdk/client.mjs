// Drives the official JavaScript SDK for the end-to-end tests.
//
// Each line of standard input is a scenario: {"rules": [[name, options], ...], "calls": [{"ip", "headers", "query", "properties"}, ...]}.
// Its rules make one client, which judges the calls one after the other. The answer is one line with their decisions.
import * as sdk from "@arcjet/node";
import { createInterface } from "node:readline";

const { default: arcjet, createRemoteClient } = sdk;
const client = createRemoteClient({ baseUrl: process.env.DECIDE_URL });

const FIELDS = [
  "type", "max", "remaining", "reset", "window", "allowed", "denied", "message", "shieldTriggered", "emailTypes",
  "matchedExpressions", "undeterminedExpressions", "injectionDetected",
];

function reason(source) {
  return Object.fromEntries(FIELDS.map((field) => [field, source[field]]));
}

for await (const line of createInterface({ input: process.stdin })) {
  const { rules, calls } = JSON.parse(line);
  const aj = arcjet({
    key: process.env.ARCJET_KEY,
    client,
    rules: rules.map(([name, options]) => sdk[name](options)),
  });
  const decisions = [];
  for (const { ip, headers, query, properties } of calls) {
    const request = {
      method: "GET",
      url: query ? `/?${query}` : "/",
      headers: { host: "example.com", ...headers },
      socket: { remoteAddress: ip },
    };
    const decision = await aj.protect(request, properties);
    decisions.push({
      id: decision.id,
      conclusion: decision.conclusion,
      ttl: decision.ttl,
      reason: reason(decision.reason),
      results: decision.results.map((result) => ({
        ruleId: result.ruleId,
        fingerprint: result.fingerprint,
        state: result.state,
        conclusion: result.conclusion,
        ttl: result.ttl,
        reason: reason(result.reason),
      })),
    });
  }
  console.log(JSON.stringify(decisions));
}
// The SDK keeps its connection open, and the process with it.
process.exit(0);
