# A good certificate of an identity that is not on the list is turned away, at the
# handshake or by an answer: exit code 4 either way. That somebody answers at all,
# and accepts others, the other test shows.
code=0
panvault doctor || code=$?
[ "$code" = 4 ]
echo "refused: ok"
