using System.Security.Cryptography;
using AllData.Errors;
using AllData.Federation;
using AllData.Membership;
using AllData.Peers;
using AllData.Storage.Directories;
using AllData.Storage.Restoration;
using Orleans.Runtime;

namespace AllData.Tests.Unit.Membership;

/// <summary>The registry keeps the public key of each data directory, by its ordinal.</summary>
public sealed class DirectoryKeyTests
{
    private static readonly Guid Cluster = Guid.NewGuid();
    private static readonly Guid Directory = Guid.NewGuid();
    private static readonly PeerId Peer = PeerId.Parse("north-a");

    [Fact]
    public void A_key_is_kept_once_it_is_announced_and_silos_hear_of_it()
    {
        var (key, early) = (Key(), Announce(new RegistryState(), key: ""));
        Assert.Equal("", Assert.Single(RegistryLedger.Snapshot(early).Ordinals).PublicKey);

        var state = Announce(early, key);
        var topology = RegistryLedger.Snapshot(state);
        Assert.Equal(key, Assert.Single(topology.Ordinals).PublicKey);
        Assert.True(topology.Version > early.Version, "no silo would hear of it");
        Assert.Same(state, Announce(state, key));

        // A silo of an earlier version comes back for a while.
        Assert.Equal(key, Assert.Single(RegistryLedger.Snapshot(Announce(state, key: "")).Ordinals).PublicKey);
    }

    [Fact]
    public void A_directory_does_not_change_its_key_and_what_is_no_key_is_refused()
    {
        var state = Announce(new RegistryState(), Key());
        Assert.Contains("renew-directory", Assert.Throws<PeerRefusedException>(() => Announce(state, Key())).Message, StringComparison.Ordinal);
        Assert.Throws<PeerRefusedException>(() => Announce(state, "AAAA"));

        // A new directory is another ordinal.
        var other = Key();
        var next = RegistryLedger.Snapshot(Announce(state, other, Guid.NewGuid()));
        Assert.Equal(other, next.Ordinals.Single(static o => o.Ordinal == 2).PublicKey);
    }

    [Fact]
    public void A_rebuilt_registry_has_the_keys_of_the_directories_and_of_the_topology()
    {
        var (key, gone) = (Key(), Key());
        var state = Announce(Announce(new RegistryState(), gone, Guid.NewGuid()), key);
        var whole = RegistryLedger.Snapshot(state);
        var without = whole with { Ordinals = [.. whole.Ordinals.Select(static o => o with { PublicKey = "" })] };
        var rebuilt = RegistryRebuild.From(new RegistryState(), [Evidence(RegistryLedger.Snapshot(state), "")]);
        Assert.Equal([gone, key], rebuilt.Ordinals.Select(static o => o.PublicKey));
        Assert.Equal(["", key], RegistryRebuild.From(new RegistryState(), [Evidence(without, key)]).Ordinals.Select(static o => o.PublicKey));
        Assert.Throws<RegistryRebuildException>(() => RegistryRebuild.From(new RegistryState(), [Evidence(RegistryLedger.Snapshot(state), Key())]));
    }

    [Fact]
    public void A_registry_that_was_put_back_hears_of_keys_that_it_has_forgotten()
    {
        var old = Announce(new RegistryState(), key: "");
        var told = RegistryLedger.Snapshot(Announce(old, Key()));
        var heard = RegistryLedger.Hear(old, new SeenTopology("", told), OrdinalSource.Alone);
        Assert.Equal(told.Ordinals[0].PublicKey, Assert.Single(heard.Ordinals).PublicKey);
    }

    private static DirectoryEvidence Evidence(TopologySnapshot topology, string key) => new(
        "dir", new PeerIdentity(1, Peer.Value, Directory, Cluster, Ordinal: topology.Ordinals.Single(static o => o.Directory == Directory).Ordinal), topology,
        SeenOrdinals.Of(topology.Ordinals.Select(static o => o.Ordinal)), Remarks: [])
    {
        PublicKey = key,
    };

    private static string Key()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Convert.ToBase64String(key.ExportSubjectPublicKeyInfo());
    }

    private static RegistryState Announce(RegistryState state, string key, Guid? directory = null) => RegistryLedger.Announce(
        state,
        new PeerAnnouncement(
            Peer, new PeerLocation("north", "a"), Stores: true, directory ?? Directory, state.ClusterId, TimeSpan.FromDays(1), "", SiloAddress.Zero,
            KnownOrdinal: 0, KnownVersion: 0)
        {
            PublicKey = key,
        },
        Cluster);
}
