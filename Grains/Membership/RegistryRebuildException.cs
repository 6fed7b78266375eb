namespace AllData.Membership;

/// <summary>A registry cannot be rebuilt from these directories. The message says why and what to do; nothing was changed.</summary>
public sealed class RegistryRebuildException(string message) : Exception(message);
