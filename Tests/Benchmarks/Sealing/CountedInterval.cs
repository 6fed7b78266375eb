using System.Security.Cryptography;
using System.Text;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Tests.Unit.Certificates;

namespace AllData.Benchmarks;

/// <summary>What lies of one interval in the files of all peers.</summary>
internal sealed class CountedInterval
{
    private const int KeyLength = 12;

    private static readonly Comparer<byte[]> ByBytes = Comparer<byte[]>.Create(static (a, b) => a.AsSpan().SequenceCompareTo(b));

    /// <summary>The leaves of the interval's tree, each once, in their order.</summary>
    public SortedSet<byte[]> Entries { get; } = new(ByBytes);

    /// <summary>The peers that hold each block intact.</summary>
    public Dictionary<BlockId, List<string>> Blocks { get; } = [];

    /// <summary>The events, as clients name them.</summary>
    public HashSet<(EventKey Key, EventDigest Digest)> Events { get; } = [];

    /// <summary>Keys under which several events lie.</summary>
    public int Conflicts => Entries.GroupBy(static e => Convert.ToHexString(e, 0, KeyLength)).Count(static of => of.Count() > 1);

    /// <summary>The root, by the tree that the tests have written from RFC 6962.</summary>
    public string Root => Convert.ToHexStringLower(IndependentTree.Hash([.. Entries]));

    /// <summary>Counts a block.</summary>
    public void Add(string peer, Block block)
    {
        if (Blocks.TryGetValue(block.Header.Id, out var holders))
        {
            holders.Add(peer);
            return;
        }

        Blocks.Add(block.Header.Id, [peer]);
        for (var reader = block.GetReader(); reader.MoveNext();)
        {
            var (key, hash) = (new byte[KeyLength], SHA256.HashData(reader.Current.Payload));
            reader.Current.Key.WriteTo(key);
            Entries.Add([.. key, .. hash, .. Encoding.ASCII.GetBytes($"{block.Header.Topic}")]);
            Events.Add((reader.Current.Key, reader.Current.Digest));
        }
    }
}
