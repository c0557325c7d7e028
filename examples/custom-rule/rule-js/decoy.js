// Denies clients that ask for decoys; the same rule as in ../rule, in JavaScript.

/** What the application passes to `CustomRule::config`. */
let settings;

/** What is thrown here refuses the configuration. */
export function configure(config) {
  const { paths, seconds = 600, pass } = JSON.parse(config) ?? {};
  if (!Array.isArray(paths)) {
    throw "missing field `paths`; accepted: a list of paths";
  }
  if (!Number.isInteger(seconds) || seconds < 0) {
    throw "wrong field `seconds`; accepted: a whole number";
  }
  settings = { paths: new Set(paths), seconds, pass };
}

export function judge(request) {
  if (!settings.paths.has(request.path) || letsPass(request)) {
    return { conclusion: "allow", reason: "", ttlSeconds: 0 };
  }
  return {
    conclusion: "deny",
    reason: `asked for the decoy ${request.path}`,
    ttlSeconds: settings.seconds,
  };
}

function letsPass(request) {
  const sent = request.headers.find((header) => header.name === "x-decoy-pass");
  return sent !== undefined && sent.value === settings.pass;
}
