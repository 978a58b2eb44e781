enum PlaceholderRelaySimulation {}
