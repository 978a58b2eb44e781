enum PlaceholderRelayArena {}
