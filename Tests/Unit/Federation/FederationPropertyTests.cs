using System.Collections.Immutable;
using AllData.Federation;
using AllData.Peers;

namespace AllData.Tests.Unit.Federation;

/// <summary>What holds of every document, over random ones.</summary>
public sealed class FederationPropertyTests
{
    private const int Documents = 300;

    [Fact]
    public void What_is_written_is_read_as_it_was() => ForEach((document, _) =>
    {
        var bytes = FederationJson.Write(document);
        var read = FederationJson.Read(bytes);
        Assert.Equal(document, read);
        Assert.Equal(bytes, FederationJson.Write(read));
        Assert.Empty(FederationSuccession.FaultsOf(document, read with { Version = read.Version + 1 }));
    });

    [Fact]
    public void Each_ordinal_has_one_cluster_at_most() => ForEach((document, _) => Assert.All(
        Enumerable.Range(1, OrdinalRange.All.Last), ordinal => Assert.InRange(
            document.Clusters.Count(c => c.Ordinals.Any(r => r.Contains(ordinal))), 0, 1)));

    [Fact]
    public void An_ordinal_that_two_clusters_would_give_is_always_found() => ForEach((document, random) =>
    {
        if (document.Clusters.Length < 2)
        {
            return;
        }

        var (one, other) = (document.Clusters[0], document.Clusters[^1]);
        var stolen = other.Ordinals[random.Next(other.Ordinals.Length)];
        var ordinal = random.Next(stolen.First, stolen.Last + 1);
        var thief = one with { Ordinals = [.. one.Ordinals.Append(new OrdinalRange(ordinal, ordinal)).OrderBy(static r => r.First)] };
        var faults = FaultsOf(document with { Clusters = document.Clusters.SetItem(0, thief) });
        Assert.Contains(faults, f => f.Contains($"{one}", StringComparison.Ordinal) && f.Contains($"{other}", StringComparison.Ordinal));
    });

    [Fact]
    public void A_byte_that_is_changed_is_refused_or_makes_another_document_and_nothing_else() => ForEach((document, random) =>
    {
        var bytes = FederationJson.Write(document);
        bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        try
        {
            _ = FederationJson.Write(FederationJson.Read(bytes));
        }
        catch (FederationException e)
        {
            Assert.NotEmpty(e.Faults);
            Assert.DoesNotContain(e.Message.ReplaceLineEndings(""), char.IsControl);
        }
    });

    private static IReadOnlyList<string> FaultsOf(FederationDocument document)
    {
        try
        {
            _ = FederationJson.Read(FederationJson.Write(document));
            return [];
        }
        catch (FederationException e)
        {
            return e.Faults;
        }
    }

    private static void ForEach(Action<FederationDocument, Random> check)
    {
        for (var seed = 0; seed < Documents; seed++)
        {
            var random = new Random(seed);
            check(Draw(random), random);
        }
    }

    private static FederationDocument Draw(Random random)
    {
        var cuts = Enumerable.Range(1, OrdinalRange.All.Last).OrderBy(_ => random.Next()).Take(80).Order().ToArray();
        var ranges = new Queue<OrdinalRange>(cuts.Chunk(2).Select(static pair => new OrdinalRange(pair[0], pair[1])));
        var numbers = Enumerable.Range(0, FederationDocument.MaxClusters).OrderBy(_ => random.Next()).Take(random.Next(1, 17)).Order();
        return new FederationDocument
        {
            Store = Id(random),
            Aliases = [.. Enumerable.Range(0, random.Next(3)).Select(_ => Id(random)).Order()],
            Version = random.Next(1, int.MaxValue),
            IntervalLength = Intervals.Interval.AllowedLengths[random.Next(5)],
            Clusters = [.. numbers.Select(n => DrawCluster(n, ranges, random))],
        };
    }

    private static FederationCluster DrawCluster(int number, Queue<OrdinalRange> ranges, Random random)
    {
        ImmutableArray<OrdinalRange> own = [.. Enumerable.Range(0, random.Next(1, 3)).Select(_ => ranges.Dequeue())];
        return new FederationCluster
        {
            Number = number,
            Name = $"Süd {number}",
            Regions = [.. Enumerable.Range(0, random.Next(1, 4)).Select(i => $"région-{number}-{i}").Order(StringComparer.Ordinal)],
            Dropped = random.Next(3) == 0 ? [DrawDropped(number, random)] : [],
            Peers = [.. Enumerable.Range(0, random.Next(1, 3)).Select(i => $"https://h{number}-{i}.example:8381")],
            Ordinals = own,
            AuthorityFile = random.Next(2) == 0 ? $"/etc/ca \"{number}\".pem" : null,
            Thumbprints = [Convert.ToHexString(Bytes(random, 32))],
        };
    }

    private static DroppedRegion DrawDropped(int number, Random random) => new()
    {
        Region = $"perdue-{number}",
        At = DateTimeOffset.FromUnixTimeSeconds(random.NextInt64(0, 1L << 32)),
        Blocks = random.NextInt64(),
        Events = random.NextInt64(),
        Unknown = [.. Enumerable.Range(0, random.Next(3)).Select(i => $"Raison {i}")],
    };

    private static Guid Id(Random random) => new(Bytes(random, 16));

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
