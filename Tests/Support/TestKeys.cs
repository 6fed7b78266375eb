using System.Collections.Immutable;
using AllData.Encryption;

namespace AllData.Tests.Support;

/// <summary>Encryption keys that a test changes while silos run: a provider of the host's own.</summary>
internal sealed class TestKeys(params PayloadKey[] keys) : IPayloadKeyProvider
{
    private volatile PayloadKey[] _keys = keys;

    /// <inheritdoc/>
    public PayloadKey? Newest => _keys.FirstOrDefault();

    /// <inheritdoc/>
    public ImmutableArray<PayloadKey> All => [.. _keys];

    /// <summary>A key of its own for each number.</summary>
    public static PayloadKey Key(byte number) => new(Enumerable.Range(0, PayloadKey.Length).Select(i => (byte)(i + number)).ToArray());

    /// <summary>Other keys take the place of those that are there, the newest first.</summary>
    public void Set(params PayloadKey[] keys) => _keys = keys;
}
