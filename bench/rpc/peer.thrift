// peer.thrift - the work in Thrift
service Bench {
    binary open(),
    i32 touch(1: binary object),
    binary echo(1: binary object, 2: binary data),
    i32 close(1: binary object),
}
