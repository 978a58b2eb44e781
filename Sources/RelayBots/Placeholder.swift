enum PlaceholderRelayBots {}
