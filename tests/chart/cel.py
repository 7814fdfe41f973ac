"""Evaluates the rules of ValidatingAdmissionPolicies as an API server does, by two
implementations of CEL that share no code (scripts/chart-tools) and have to agree."""

import json
import subprocess

import helm
import policies

_EVALUATOR = r"""
import fs from 'fs';
import {celEnv, parse, plan} from '@bufbuild/cel';
import {parse as compile} from '@marcbachmann/cel-js';

const toMap = (value) =>
    Array.isArray(value) ? value.map(toMap)
    : value !== null && typeof value === 'object'
    ? new Map(Object.entries(value).map(([key, item]) => [key, toMap(item)])) : value;
const toPlain = (value) =>
    value !== null && typeof value === 'object' && typeof value.entries === 'function'
    ? Object.fromEntries([...value.entries()].map(([key, item]) => [key, toPlain(item)]))
    : value;
// Each: of the text a function of what is bound; of what is bound, its own form.
const environment = celEnv();
const implementations = [
  {compile: (text) => plan(environment, parse(text)), bind: toMap},
  {compile, bind: (value) => value},
];
for (const one of implementations) {
  const compiled = new Map();
  one.run = (text, bound) => {
    if (!compiled.has(text)) compiled.set(text, one.compile(text));
    const out = compiled.get(text)(bound);
    if (out instanceof Error) throw out;
    return out;
  };
}
const attempt = (one, text, bound) => {
  try {
    return {value: one.run(text, bound)};
  } catch (error) {
    return {error: String(error.message).split('\n')[0]};
  }
};
const answers = [];
for (const {variables, expressions, bound} of JSON.parse(fs.readFileSync(0, 'utf8'))) {
  answers.push(implementations.map((one) => {
    const all = Object.fromEntries(
        Object.entries(bound).map(([name, value]) => [name, one.bind(value)]));
    const found = {};
    for (const {name, expression} of variables) {
      const got = attempt(one, expression, {...all, variables: one.bind(found)});
      if (got.error !== undefined) return expressions.map(() => got);
      found[name] = toPlain(got.value);
    }
    all.variables = one.bind(found);
    return expressions.map((expression) => attempt(one, expression, all));
  }));
}
console.log(JSON.stringify(answers));
"""


def evaluate(questions):
    """For each {"variables": [{name, expression}], "expressions": [text], "bound": {name:
    value}} a list, of each expression, of {"value": ...} or {"error": text}."""
    done = subprocess.run(["node", "--input-type=module", "--eval", _EVALUATOR],
                          input=json.dumps(questions), capture_output=True, text=True,
                          timeout=120, cwd=helm.TOOLS / "cel")
    if done.returncode:
        raise AssertionError(done.stderr)
    out = []
    for question, (first, second) in zip(questions, json.loads(done.stdout), strict=True):
        for expression, one, other in zip(question["expressions"], first, second, strict=True):
            # Errors are told in words of one's own.
            if ("error" in one) != ("error" in other) or one.get("value") != other.get("value"):
                raise AssertionError(f"{expression}: {one}, {other}")
        out.append(first)
    return out


def _matches(policy, review):
    """Whether the policy's constraints select the request."""
    request = review["request"]
    assert set(policy["matchConstraints"]) == {"namespaceSelector", "resourceRules"}
    if not policies.selects(policy["matchConstraints"]["namespaceSelector"],
                            {"kubernetes.io/metadata.name": request["namespace"]}):
        return False
    resource = "/".join(filter(None, (request["resource"]["resource"],
                                      request.get("subResource"))))
    return any(request["resource"]["group"] in rule["apiGroups"]
               and request["resource"]["version"] in rule["apiVersions"]
               and request["operation"] in rule["operations"]
               and resource in rule["resources"]
               for rule in policy["matchConstraints"]["resourceRules"])


def refusals(rendered, reviews):
    """For each AdmissionReview the messages with which it is refused; none if it is
    let through."""
    bound = {item["spec"]["policyName"]: item["spec"] for item in
             helm.of_kind(rendered, "ValidatingAdmissionPolicyBinding")}
    asked, questions = [], []
    for item in helm.of_kind(rendered, "ValidatingAdmissionPolicy"):
        policy = item["spec"]
        assert set(policy) <= {"failurePolicy", "matchConstraints", "variables", "validations"}
        binding = bound[item["metadata"]["name"]]
        assert set(binding) == {"policyName", "validationActions"}, binding
        if "Deny" not in binding["validationActions"]:
            continue
        for index, review in enumerate(reviews):
            if _matches(policy, review):
                asked.append((index, policy))
                request = review["request"]
                questions.append({
                    "variables": policy.get("variables", []),
                    "expressions": [rule["expression"] for rule in policy["validations"]],
                    "bound": {"object": request["object"], "oldObject": request["oldObject"],
                              "request": {key: value for key, value in request.items()
                                          if key not in ("object", "oldObject")}}})
    out = [[] for _ in reviews]
    for (index, policy), answers in zip(asked, evaluate(questions), strict=True):
        for rule, answer in zip(policy["validations"], answers, strict=True):
            if "error" in answer:
                if policy["failurePolicy"] == "Fail":
                    out[index].append(f"error: {answer['error']}")
            elif answer["value"] is not True:
                out[index].append(rule["message"])
    return out
