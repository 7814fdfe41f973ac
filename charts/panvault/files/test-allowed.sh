# A public test card number, there and back. The profile may exist already (5).
made=0
panvault profile create "$PROFILE" --keep last4 || made=$?
[ "$made" = 0 ] || [ "$made" = 5 ]
token=$(echo 4111111111111111 | panvault tokenize --profile "$PROFILE")
[ "${#token}" = 16 ]
[ "$token" != 4111111111111111 ]
shown=$(echo "$token" | panvault detokenize --profile "$PROFILE" --reveal last4)
[ "$shown" = '************1111' ]
echo "round trip: ok"
