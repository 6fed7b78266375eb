using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using AllData.Certificates;
using AllData.Protocol.Certificates;
using AllData.Tests.Unit.Certificates;

namespace AllData.Tests.Unit.Sealing;

/// <summary>One head of each size, whatever peers forget, refuse or are asked.</summary>
public sealed class SigningRulesTests
{
    private static readonly SigningMemory Sure = Heard(SigningMemory.New, log: 0, isFirst: true);

    [Fact]
    public void A_head_that_continues_the_log_is_signed_and_signed_again_but_no_other_one_of_its_size()
    {
        Assert.Equal(SigningVerdict.Sign, Judge(Sure, log: 4, Head(5, "a")));
        var signed = Sure.With(Head(5, "a"));
        Assert.Equal(SigningVerdict.Sign, Judge(signed, log: 4, Head(5, "a")));
        Assert.Equal(SigningVerdict.SignedOther, Judge(signed, log: 4, Head(5, "b")));
        Assert.Same(signed, signed.With(Head(5, "a")));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(6)]
    public void A_head_that_does_not_continue_the_log_is_not_signed(long size) => Assert.Equal(SigningVerdict.OtherLog, Judge(Sure, log: 4, Head(size, "a")));

    [Fact]
    public void Another_head_is_signed_only_when_the_first_can_never_become_valid()
    {
        var signed = Sure.With(Head(5, "a"));
        Assert.Equal(SigningVerdict.SignedOther, Judge(signed, log: 4, Head(5, "b"), Head(5, "c")));
        Assert.Equal(SigningVerdict.Sign, Judge(signed, log: 4, Head(5, "b"), Head(5, "a")));

        // It keeps both in mind.
        var twice = signed.With(Head(5, "b"));
        Assert.Equal(SigningVerdict.SignedOther, Judge(twice, log: 4, Head(5, "c"), Head(5, "a")));
        Assert.Equal(SigningVerdict.Sign, Judge(twice, log: 4, Head(5, "c"), Head(5, "a"), Head(5, "b")));
    }

    [Fact]
    public void What_was_refused_is_never_signed_and_what_was_signed_is_never_refused()
    {
        var head = Head(5, "a");
        var refused = new RefusedHead(5, head.Root);
        Assert.Equal(SigningVerdict.Never, Judge(Sure.With(refused), log: 4, head));
        Assert.Equal(SigningVerdict.Sign, Judge(Sure.With(refused), log: 4, Head(5, "b")));
        Assert.True(SigningRules.MayRefuse(Sure, refused));
        Assert.False(SigningRules.MayRefuse(Sure.With(head), refused));
        Assert.False(SigningRules.MayRefuse(Sure.With(head).With(Head(5, "b")), refused));
    }

    [Fact]
    public void A_memory_that_is_not_sure_signs_and_refuses_nothing_and_then_nothing_up_to_what_others_know()
    {
        Assert.Equal(SigningVerdict.NotSure, Judge(SigningMemory.New, log: 4, Head(5, "a")));
        Assert.False(SigningRules.MayRefuse(SigningMemory.New, new RefusedHead(5, Head(5, "a").Root)));

        var heard = Heard(SigningMemory.New, log: 5, isFirst: true);
        Assert.Equal(SigningVerdict.Never, Judge(heard, log: 4, Head(5, "a")));
        Assert.False(SigningRules.MayRefuse(heard, new RefusedHead(5, Head(5, "a").Root)));
        Assert.Equal(SigningVerdict.Sign, Judge(heard, log: 5, Head(6, "a")));
        Assert.Equal(SigningVerdict.NotSure, Judge(heard.Restored(7), log: 7, Head(8, "a")));
        Assert.Equal(SigningVerdict.NotSure, Judge(heard.Opened(), log: 5, Head(6, "a")));
    }

    // The others of a new cluster ask when one has signed already: they must be able to sign the same.
    [Fact]
    public void What_others_have_signed_may_be_signed_too_and_another_one_only_when_the_first_can_never_become_valid()
    {
        var heard = Heard(SigningMemory.New, log: 4, isFirst: true, "a");
        Assert.Equal(SigningVerdict.Sign, Judge(heard, log: 4, Head(5, "a")));
        Assert.Equal(SigningVerdict.SignedOther, Judge(heard, log: 4, Head(5, "b")));
        Assert.Equal(SigningVerdict.Sign, Judge(heard, log: 4, Head(5, "b"), Head(5, "a")));

        // Of two that were heard of, either may be valid.
        var both = Heard(SigningMemory.New, log: 4, isFirst: true, "a", "b");
        Assert.Equal(SigningVerdict.SignedOther, Judge(both, log: 4, Head(5, "a")));
        Assert.Equal(SigningVerdict.Sign, Judge(both, log: 4, Head(5, "a"), Head(5, "b")));
        Assert.Empty(both.Settled(5).Heard);
    }

    [Fact]
    public void Only_the_first_directory_of_a_peer_may_refuse_what_it_has_heard_of()
    {
        var refused = new RefusedHead(5, Head(5, "a").Root);
        Assert.True(SigningRules.MayRefuse(Heard(SigningMemory.New, log: 4, isFirst: true, "a"), refused));
        Assert.False(SigningRules.MayRefuse(Heard(SigningMemory.New, log: 4, isFirst: false, "a"), refused));
        Assert.False(SigningRules.MayRefuse(Heard(Sure.Opened(), log: 4, isFirst: true, "a"), refused));
        Assert.False(SigningRules.MayRefuse(Heard(Sure.With(Head(5, "a")).Inherited(), log: 4, isFirst: true), refused));

        // What it has promised itself it promises again, whatever it has heard since.
        var promised = Heard(Sure.With(refused).Opened(), log: 4, isFirst: true, "a");
        Assert.True(SigningRules.MayRefuse(promised, refused));
        Assert.Equal(SigningVerdict.Never, Judge(promised, log: 4, Head(5, "a")));
        Assert.False(SigningRules.MayRefuse(promised.Inherited().Sure(4, [], isFirst: false, RootOf), refused));
        Assert.Empty(promised.Settled(5).Promised);

        // What it has signed it signs again, although others have refused it.
        Assert.Equal(
            SigningVerdict.Sign,
            Judge(Sure.With(Head(5, "a")).Opened().Sure(4, [new HeardMemory(4, [], [refused.Root])], isFirst: true, RootOf), log: 4, Head(5, "a")));

        // What others have refused it may have refused, too.
        HeardMemory[] told = [new HeardMemory(4, [], [refused.Root]), new HeardMemory(3, ["old"], [])];
        Assert.Equal(SigningVerdict.Never, Judge(Sure.Opened().Sure(4, told, isFirst: true, RootOf), log: 4, Head(5, "a")));
        Assert.Equal(SigningVerdict.Sign, Judge(SigningMemory.New.Sure(4, told, isFirst: true, RootOf), log: 4, Head(5, "a")));
    }

    [Fact]
    public void A_log_that_fell_behind_its_memory_signs_nothing_before_it_has_caught_up()
    {
        var settled = Sure.With(Head(5, "a")).Settled(5);
        Assert.Empty(settled.Signed);
        Assert.Equal(SigningVerdict.Never, Judge(settled, log: 4, Head(5, "b")));
        Assert.Equal(SigningVerdict.Never, Judge(Sure.With(Head(5, "a")), log: 2, Head(3, "b")));
    }

    [Theory]
    [InlineData(1, 0, 1)]
    [InlineData(2, 1, 1)]
    [InlineData(3, 2, 2)]
    [InlineData(4, 2, 2)]
    [InlineData(5, 3, 3)]
    [InlineData(6, 3, 3)]
    public void Those_that_are_heard_meet_each_half_and_those_that_refuse_leave_none(int storing, int heard, int refusals)
    {
        Assert.Equal(heard, SigningMemory.NeededToBeSure(storing));
        Assert.Equal(refusals, SigningRules.RefusalsNeeded(storing));
        var needed = (storing / 2) + 1;
        Assert.True(storing - refusals < needed, "a head that is refused could become valid");

        // Of the signers of a valid head all but the one that asks are others.
        Assert.True(storing == 1 || heard + (needed - 1) > storing - 1, "those that are heard may all not have signed");
    }

    [Fact]
    public void Refusals_count_once_for_each_peer_and_only_for_their_head()
    {
        var trust = CertificateSample.Trust(peers: 4);
        var (head, other) = (new RefusedHead(5, Head(5, "a").Root), new RefusedHead(5, Head(5, "b").Root));
        var one = Refusal(1, head);
        Assert.False(HeadRefusals.AreEnough(head, [one, one], trust));
        Assert.False(HeadRefusals.AreEnough(head, [one, Refusal(2, other)], trust));
        Assert.False(HeadRefusals.AreEnough(head, [one, Refusal(5, head)], trust));
        Assert.False(HeadRefusals.AreEnough(head, [one, Refusal(2, head with { Size = 6 })], trust));
        Assert.True(HeadRefusals.AreEnough(head, [one, Refusal(2, other), Refusal(3, head)], trust));
        Assert.Equal([head.Root], HeadRefusals.DeadAmong([Head(5, "a"), Head(5, "b")], [one, Refusal(2, head)], trust).AsEnumerable());
    }

    // No head of a log is signed by it.
    [Fact]
    public void A_refusal_is_no_checkpoint() => Assert.Throws<CertificateFormatException>(
        () => Checkpoint.Parse(HeadRefusals.TextOf(CertificateSample.Origin, new RefusedHead(5, Head(5, "a").Root))));

    /// <summary>Sealers, peers and disks that do anything in any order: two valid heads of one size never come about.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Whatever_happens_in_whatever_order_no_size_has_two_valid_heads(int peers)
    {
        for (var seed = 0; seed < 200; seed++)
        {
            new Model(peers, seed).Run(steps: 400);
        }
    }

    private static SigningVerdict Judge(SigningMemory memory, long log, SignedHead head, params SignedHead[] dead) =>
        SigningRules.Judge(memory, log, head, [.. dead.Select(static d => d.Root)]);

    private static SigningMemory Heard(SigningMemory memory, long log, bool isFirst, params string[] signed) =>
        memory.Sure(log, [new HeardMemory(log, [.. signed], [])], isFirst, text => Head(log + 1, text).Root);

    private static TreeHash RootOf(string text) => Head(5, text).Root;

    private static SignedHead Head(long size, string text) =>
        new(size, TreeHash.Of(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{size} {text}"))), text);

    private static NoteSignature Refusal(int ordinal, RefusedHead head) =>
        CertificateSample.Signer(ordinal).Sign(HeadRefusals.TextOf(CertificateSample.Origin, head));

    /// <summary>
    /// Peers as the rules see them. A head that was valid once is valid forever; a peer whose disk is wiped begins again in its place, with another key, so
    /// that what it has signed and refused before counts for nothing new. A single peer is never wiped: there is nothing that it could ask.
    /// </summary>
    private sealed class Model(int peers, int seed)
    {
#pragma warning disable RS0030 // From a seed.
        private readonly Random _random = new(seed);
#pragma warning restore RS0030
        private readonly SigningMemory[] _memory = [.. Enumerable.Repeat(SigningMemory.New, peers)];
        private readonly string[][] _logs = [.. Enumerable.Repeat(Array.Empty<string>(), peers)];
        private readonly Dictionary<(string Log, string Text), HashSet<int>> _signed = [];
        private readonly Dictionary<(long Size, TreeHash Root), HashSet<int>> _refused = [];
        private readonly Dictionary<int, string> _valid = [];
        private readonly HashSet<int> _wiped = [];

        public void Run(int steps)
        {
            for (var step = 0; step < steps; step++)
            {
                var peer = _random.Next(peers);
                switch (_random.Next(9))
                {
                    case 0 or 1 or 2:
                        Sign(peer, $"{(char)('a' + _random.Next(3))}");
                        break;
                    case 3:
                        Refuse(peer);
                        break;
                    case 4:
                        Follow(peer, _random.Next(peers));
                        break;
                    case 5:
                        BeSure(peer);
                        break;
                    case 6:
                        TakeValid(peer);
                        break;
                    case 7:
                        Wipe(peer);
                        break;
                    default:
                        _memory[peer] = _memory[peer].Opened();
                        break;
                }
            }
        }

        private static string Join(IEnumerable<string> log) => string.Concat(log);

        private static int Add<TKey>(Dictionary<TKey, HashSet<int>> sets, TKey key, int peer)
            where TKey : notnull
        {
            if (!sets.TryGetValue(key, out var set))
            {
                sets[key] = set = [];
            }

            set.Add(peer);
            return set.Count;
        }

        private SignedHead HeadOf(int peer, string text) => Head(_logs[peer].Length + 1, Join(_logs[peer]) + text);

        private void Sign(int peer, string text)
        {
            var (head, key) = (HeadOf(peer, text), (Join(_logs[peer]), text));
            ImmutableArray<TreeHash> dead =
            [
                .. _memory[peer].Signed.Concat(_memory[peer].Heard).Where(s => Refusers(s) >= SigningRules.RefusalsNeeded(peers)).Select(static s => s.Root),
            ];
            if (SigningRules.Judge(_memory[peer], _logs[peer].Length, head, dead) == SigningVerdict.Sign)
            {
                _memory[peer] = _memory[peer].With(head);
                Check(key, Add(_signed, key, peer));
            }
        }

        private int Refusers(SignedHead head) => _refused.GetValueOrDefault((head.Size, head.Root))?.Count ?? 0;

        private void Check((string Log, string Text) key, int signers)
        {
            if (signers < (peers / 2) + 1)
            {
                return;
            }

            var size = key.Log.Length + 1;
            var head = key.Log + key.Text;
            Assert.True(_valid.TryAdd(size, head) || _valid[size] == head, $"Seed {seed}: of size {size}, {head} and {_valid[size]} are valid.");
        }

        private void Refuse(int peer)
        {
            var head = HeadOf(peer, $"{(char)('a' + _random.Next(3))}");
            var refused = new RefusedHead(head.Size, head.Root);
            if (SigningRules.MayRefuse(_memory[peer], refused))
            {
                _memory[peer] = _memory[peer].With(refused);
                Add(_refused, (head.Size, head.Root), peer);
            }
        }

        private void Follow(int peer, int other)
        {
            if (_logs[other].Length > _logs[peer].Length)
            {
                Take(peer, _logs[other]);
            }
        }

        private void TakeValid(int peer)
        {
            if (_valid.TryGetValue(_logs[peer].Length + 1, out var head) && _memory[peer].Signed.Any(s => s.Text == head))
            {
                Take(peer, [.. head.Select(static c => $"{c}")]);
            }
        }

        private void Take(int peer, string[] log)
        {
            _logs[peer] = log;
            _memory[peer] = _memory[peer].Settled(log.Length);
        }

        private void BeSure(int peer)
        {
            if (_memory[peer].IsSure)
            {
                return;
            }

            var heard = Enumerable.Range(0, peers).Where(p => p != peer && !_wiped.Contains(p) && _random.Next(4) > 0).ToList();
            if (heard.Count >= SigningMemory.NeededToBeSure(peers))
            {
                if (heard.Count > 0)
                {
                    Follow(peer, heard.MaxBy(p => _logs[p].Length));
                }

                _memory[peer] = _memory[peer].Sure(_logs[peer].Length, [.. heard.Select(HeardFrom)], isFirst: false, text => HeadOf(peer, text).Root);
                _wiped.Remove(peer);
            }
        }

        private HeardMemory HeardFrom(int peer) => new(
            _logs[peer].Length,
            [.. _memory[peer].Signed.Concat(_memory[peer].Heard).Where(s => s.Size == _logs[peer].Length + 1).Select(static s => s.Text[^1..])],
            [.. _memory[peer].Refused.Where(r => r.Size == _logs[peer].Length + 1).Select(static r => r.Root)]);

        // One at a time: with more than half of all memories gone at once, nothing is left that could know.
        private void Wipe(int peer)
        {
            if (peers > 1 && _wiped.Count == 0)
            {
                _wiped.Add(peer);
                (_memory[peer], _logs[peer]) = (SigningMemory.New, []);
                foreach (var signers in _signed.Values.Concat(_refused.Values))
                {
                    signers.Remove(peer);
                }
            }
        }
    }
}
