import ArgumentParser
import RelayServer
import RelayBots
import Configuration
@main struct Main { static func main() {} }
