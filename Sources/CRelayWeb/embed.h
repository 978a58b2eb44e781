// One element of `files`: WEB_FILE as Tools/build-web has made it; its source if that has not run; nothing if that has put it into another one.
// The size comes from embedding the file once more, where nothing is evaluated.
#if __has_embed(BUILT(WEB_FILE))
{
    .name = TEXT(WEB_FILE),
    .plain = (const unsigned char[]){
#embed BUILT(WEB_FILE)
    },
    .plain_size = sizeof((const unsigned char[]){
#embed BUILT(WEB_FILE)
    }),
    .gzip = (const unsigned char[]){
#embed BUILT(WEB_FILE.gz)
    },
    .gzip_size = sizeof((const unsigned char[]){
#embed BUILT(WEB_FILE.gz)
    }),
},
#elif !__has_embed(BUILT(complete))
{
    .name = TEXT(WEB_FILE),
    .plain = (const unsigned char[]){
#embed SOURCE(WEB_FILE)
    },
    .plain_size = sizeof((const unsigned char[]){
#embed SOURCE(WEB_FILE)
    }),
},
#endif
#undef WEB_FILE
