// The teaching part of `panvault --help`: what the options alone do not say.

#ifndef PANVAULT_CLIENT_CMD_HELP_H_
#define PANVAULT_CLIENT_CMD_HELP_H_

namespace panvault::cli {

inline constexpr char kAbout[] =
    "panvault turns card numbers (PANs) into tokens, and back, through a\n"
    "panvaultd server over mutual TLS.";

inline constexpr char kMainFooter[] =
    R"(Where to connect, and as whom (on every command; options win):
  --address HOST:PORT   or PANVAULT_ADDRESS
  --server-id ID        or PANVAULT_SERVER_ID: the one server identity accepted
  --identity DIR        or PANVAULT_IDENTITY: svid.pem, key.pem, bundle.pem

Examples:
  export PANVAULT_ADDRESS=127.0.0.1:8443
  export PANVAULT_SERVER_ID=spiffe://dev.panvault.internal/ns/panvault/sa/panvaultd
  export PANVAULT_IDENTITY=state/identities/payment-api
  panvault profile create cards --keep last4
  panvault tokenize --profile cards < pans.txt > tokens.txt
  panvault detokenize --profile cards --reveal last4 < tokens.txt
  panvault key list --profile cards --output json
  panvault connections list
  panvault doctor
  panvault version --output json

)";

inline constexpr char kDoctorFooter[] =
    R"(Looks at this end's files, connects, looks at what the server shows, and makes
one call that has no card number in it (ListTokenProfiles). Prints a line for
each step, up to the first that fails:

  ok      own certificate: spiffe://example.org/ns/shop/sa/till, serial 4f2a, ends ...
  FAILED  our certificate at the server: ...

Exit code 3 if nobody answers, 4 if one end does not accept the other.

Example:
  panvault doctor --output json | jq -r '.[] | select(.ok | not).text'
)";

inline constexpr char kTokenizeFooter[] =
    R"(Reads one card number per line from stdin, which is how it should be used: a
card number on the command line is visible to other users of this host (ps) and
stays in the shell's history.

Writes exactly one line per line, in order: the token; or the token, a tab and
its key version if detokenize will need that; or '!' and the reason if the line
was refused, e.g. !PAN_LUHN. Refused lines are counted on stderr and make the
exit code 1. Files of any size run in constant memory.

If the server goes away, the command stops at a line boundary and says how many
lines are complete; go on with the rest by tail -n +N.

Needs a grant for BatchTokenize.

Examples:
  echo 4111111111111111 | panvault tokenize --profile cards
  panvault tokenize --profile cards --context shop-17 < pans.txt > tokens.txt
  panvault tokenize --profile cards --output json < pans.txt | jq .token
)";

inline constexpr char kDetokenizeFooter[] =
    R"(Reads one token per line from stdin: the token, or the token, a tab and its key
version. Writes exactly one line per line, in order: the PAN, as much of it as
--reveal says; or '!' and the reason if the line was refused.

Profile and context must be those of tokenize: a wrong one may give another
well-formed PAN, because format-preserving encryption hides a value and does not
authenticate it.

Needs a grant for BatchDetokenize with this reveal level.

Examples:
  panvault detokenize --profile cards --reveal last4 < tokens.txt
  panvault detokenize --profile cards --reveal bin-last4 7302951846201175
)";

inline constexpr char kValidateFooter[] =
    R"(Says whether each token could have been made by this profile, and by which key
version, without decrypting it: one line for each token, in order. This is no
proof that the token was issued. The exit code is 1 if one is not plausible.

Needs a grant for ValidateToken.

Examples:
  panvault validate --profile cards 7302951846201175
  panvault validate --profile cards --output json 7302951846201175
)";

inline constexpr char kProfileCreateFooter[] =
    R"(A profile says what its tokens look like, and has keys of its own. It cannot be
changed later: every token depends on it.

  --keep none        no digit of the card number stands in the token
  --keep last4       the last four do
  --keep bin6-last4  the first six and the last four do
  --keep bin8-last4  the first eight and the last four do

FF1 needs six digits that are not kept. With exactly six (bin6-last4 and 16
digits) it has its smallest domain, and the token cannot say its key version,
which must then be stored beside it: such card numbers are refused unless
--allow-floor is given.

The call is sent once. If it ends with exit code 3, the profile may exist: look
with 'panvault profile show' before you try again.

Needs a grant for CreateTokenProfile.

Examples:
  panvault profile create cards --keep last4
  panvault profile create receipts --keep bin6-last4 --allow-floor
)";

inline constexpr char kProfileListFooter[] =
    R"(Needs a grant for ListTokenProfiles; shows the profiles that the grant covers.

Examples:
  panvault profile list
  panvault profile list --output json | jq -r '.[].name'
)";

inline constexpr char kProfileShowFooter[] =
    R"(PAN lengths are those that the profile can tokenize.

Needs a grant for GetTokenProfile.

Examples:
  panvault profile show cards
  panvault profile show cards --output json | jq .pan_lengths
)";

inline constexpr char kKeyListFooter[] =
    R"(The primary version makes new tokens. USABLE is NO if the stored key could not
be unwrapped: calls that need it fail.

Needs a grant for ListKeyVersions.

Examples:
  panvault key list --profile cards
  panvault key list --profile cards --output json | jq '.[] | select(.primary)'
)";

inline constexpr char kConnectionsListFooter[] =
    R"(The connections to the server that answers, the command's own among them, in
the order in which they came. With several servers behind one address, each
knows its own only.

ID is 'connection' in the server's log. CALLER and SERIAL are those of the
certificate that was shown, and '-' as long as there was no call, or none whose
certificate was accepted.

Needs a grant for ListConnections, which names no profiles.

Examples:
  panvault connections list
  panvault connections list --output json | jq -r '.[].spiffe_id' | sort -u
)";

}  // namespace panvault::cli

#endif  // PANVAULT_CLIENT_CMD_HELP_H_
