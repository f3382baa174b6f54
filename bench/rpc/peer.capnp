# peer.capnp - the work in Cap'n Proto; an object is named by a 20-octet handle, as with all peers
@0xb3a1f9c2d4e5a607;

interface Bench {
  open @0 () -> (object :Data);
  touch @1 (object :Data) -> (result :Int32);
  echo @2 (object :Data, data :Data) -> (data :Data);
  close @3 (object :Data) -> (result :Int32);
}
