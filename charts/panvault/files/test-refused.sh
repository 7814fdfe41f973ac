# A good certificate of an identity that is not on the list: exit code 4, denied.
code=0
echo 4111111111111111 | panvault tokenize --profile "$PROFILE" || code=$?
[ "$code" = 4 ]
echo "refused: ok"
