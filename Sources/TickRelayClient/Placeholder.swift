enum PlaceholderTickRelayClient {}
