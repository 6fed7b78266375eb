using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Events;
using AllData.Federation;
using AllData.Intervals;
using AllData.Peers;
using AllData.Protocol.Links;
using AllData.Remote.Http.Messages;
using AllData.Replication;

namespace AllData.Tests.Unit.Remote;

/// <summary>A question or an answer as the document shows it.</summary>
/// <param name="Name">The call and the direction.</param>
/// <param name="Message">What is written.</param>
/// <param name="ReadAndWrite">Reads a message of this kind and writes what was read.</param>
internal sealed record PeerMessageSample(string Name, PeerMessage Message, Func<PeerMessage, PeerMessage> ReadAndWrite)
{
    public static byte[] BytesOf(PeerMessage message)
    {
        var stream = new MemoryStream();
        message.WriteToAsync(stream, CancellationToken.None).GetAwaiter().GetResult();
        return stream.ToArray();
    }
}

/// <summary>One question and one answer of each call.</summary>
internal static class PeerMessageSamples
{
    private static readonly EventDigest Digest = new(new UInt128(0x0123456789ABCDEF, 0xFEDCBA9876543210));
    private static readonly EventDigest Other = new(UInt128.One);
    private static readonly CopysetDefinition Copyset = new(new CopysetId(0x1122334455667788), [1, 2, 300], 3);
    private static readonly UnixMinute Minute = new(29_460_240);
    private static readonly BlockPosition Position = new(TestKeys.One, TestKeys.Two, 42);

    /// <summary>What a cluster may say of itself.</summary>
    public static TopologySnapshot Topology { get; } = new()
    {
        Version = 42,
        ClusterId = Directory(1),
        IntervalLength = TimeSpan.FromDays(1),
        Peers = [new PeerDescriptor(PeerId.Parse("north-a"), new PeerLocation("north", "a"), PeerStatus.Active, Stores: true, 2, Directory(3), "")],
        Ordinals =
        [
            new DirectoryOrdinal(1, PeerId.Parse("north-a"), Directory(2)), new DirectoryOrdinal(2, PeerId.Parse("north-a"), Directory(3)),
            new DirectoryOrdinal(3, PeerId.Parse("north-b"), Directory(4)),
        ],
        Replacements =
        [
            new PeerReplacement(7, PeerId.Parse("north-b"), 3, ReplacementReason.Dropped, [new ReplacementCandidate(2, new PeerLocation("north", "a"))])
            {
                Location = new PeerLocation("north", "b"),
            },
            new PeerReplacement(8, PeerId.Parse("north-a"), 1, ReplacementReason.Away, []),
        ],
    };

    public static IReadOnlyList<PeerMessageSample> All { get; } =
    [
        .. Of(PutCalls.Append, new BlockBytes([0xAD, 0xBC, 0x4B]),
            new AppendReply(AppendStatus.Conflict, "Taken.", new KeyConflict(TestKeys.One, Digest, Other))),
        .. Of(PutCalls.Ping, default, default),
        .. Of(PutCalls.LookUp, [TestKeys.One, TestKeys.Two],
        [
            new HeldKey(TestKeys.One, [Digest]) { Copysets = [Copyset] }, new HeldKey(TestKeys.Two, []) { Claimed = Other },
        ]),
        .. Of(PutCalls.LookUpToPut, new KeyInquiry([new KeyDigest(TestKeys.One, Digest)], [TestKeys.Two]),
            [new HeldKey(TestKeys.One, []), new HeldKey(TestKeys.Two, [])]),
        .. Of(PutCalls.JudgeKeys, [TestKeys.One, TestKeys.Two], [KeyIssuance.Ahead, KeyIssuance.Passed]),
        .. Of(PutCalls.ReadKey, TestKeys.One, [EventPayload.FromText("""{"a":1}"""), EventPayload.FromText("2")]),
        .. Of(PutCalls.GetLowWatermark, default, TestKeys.Two),
        .. Of(PutCalls.ReadClock, default, new ClockReading(1_767_614_400_000, -5)),
        .. Of(PutCalls.TellTopology, 77L, default),
        .. Of(RepairCalls.GetNumbers, Interval.Containing(1_767_614_400_000, TimeSpan.FromDays(1)),
        [
            new NumberReport(3, 28_000_000, Interval.Containing(1_767_614_400_000, TimeSpan.FromDays(1)), -1, 300, NumberRanges.Of([7L, 8L, 299L]),
                NumberRanges.Of([41L]), false),
            new NumberReport(3, 28_000_009, Interval.Containing(1_767_614_400_000, TimeSpan.FromDays(1)), 2, 2, NumberRanges.None, NumberRanges.None, true),
        ]),
        .. Of(RepairCalls.GetChanges, new ChangeCursor(new Guid("7e57b10c-0000-4000-8000-000000000001"), 9),
            new BucketChanges(new ChangeCursor(new Guid("7e57b10c-0000-4000-8000-000000000001"), 12), true, [Minute, Minute.Next()])),
        .. Of(RepairCalls.ReadBuckets, new BucketRange(Minute, Minute + 10, 8_192), new BucketPage(
            [new BucketSum(Copyset.Id, Minute, 2, 300, Digest)], Minute + 10,
            [new DamagedInterval(Interval.Containing(1_767_614_400_000, TimeSpan.FromDays(1)), "It is gone.")])),
        .. Of(RepairCalls.ListLate, new LateRange(TestKeys.One, TestKeys.Two, 8_192), new BucketPage(
            [], UnixMinute.First, [new DamagedInterval(Interval.Containing(1_767_614_400_000, TimeSpan.FromDays(1)), "It is gone.")])
        {
            Late = new LateBlocks([new LateBlock(TestKeys.Two, 300, TestKeys.One, TestKeys.One)], TestKeys.Two),
        }),
        .. Of(RepairCalls.ReadCopysets, (Minute, Minute + 10), [Copyset]),
        .. Of(RepairCalls.ListBlocks,
            new BlockListRange(Minute, [Copyset.Id, new CopysetId(-1)], Position, 100, 10), new BlockList([1, 2, 3], Position, 3)),
        .. Of(RepairCalls.FetchBlocks, new BlockFetch(Minute, [9, 8, 7], 4_194_304), new FetchedBlocks([0xAD, 0xBC], 1)),
        .. Of(RepairCalls.ReadPage, new BlockRange(TestKeys.One, TestKeys.Two, [], null, 393_216), new BlockPage(
            [0xAD, 0xBC], [new DamagedBlock(new CopysetId(-2), TestKeys.One, TestKeys.Two, "Its digest does not match.")], null)),
        .. Of(ClusterCalls.Report, new ClusterQuestion(1, 3, 41, IsConfirmed: true) { DocumentDigest = DocumentDigest }, new ClusterReport(
            0, 4, 42, Topology, [PeerId.Parse("north-a")], SeenOrdinals.Of([1, 2, 3, 600]))
        {
            DocumentDigest = DocumentDigest,
            Drops = [new RegionWord(1, "west", 4)],
        }),
        .. Of(ClusterCalls.Sealed, new SealedQuestion(TestKeys.One, 1_000), Certified),
    ];

    /// <summary>Two certificates of a cluster.</summary>
    public static ImmutableArray<CertifiedInterval> Certified =>
    [
        new(
            Interval.Containing(1_767_614_400_000, TimeSpan.FromDays(1)), 2, CertificateState.CompleteDegraded, 300, 1,
            TreeHash.Parse("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"), 7),
        new(
            Interval.Containing(1_767_700_800_000, TimeSpan.FromDays(1)), 1, CertificateState.Unknown, 0, 0,
            TreeHash.Parse("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"), 8),
    ];

    private const string DocumentDigest = "5b0cc8a47a524f0e8a351f4f0b6b7c22";

    private static Guid Directory(int number) => new($"7e57b10c-0000-4000-8000-00000000000{number}");

    private static PeerMessageSample[] Of<TQuestion, TAnswer>(PeerCall<TQuestion, TAnswer> call, TQuestion question, TAnswer answer) =>
    [
        new($"{call.Name} question", call.WriteQuestion(question), m => call.WriteQuestion(call.ReadQuestion(m))),
        new($"{call.Name} answer", call.WriteAnswer(answer), m => call.WriteAnswer(call.ReadAnswer(m))),
    ];
}
