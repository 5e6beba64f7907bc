"""The real transports: how a feed is fetched from the system of its office instead of a folder of the inbox."""
