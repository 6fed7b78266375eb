using AllData.Certificates;
using AllData.Configuration;
using AllData.Diagnostics;
using AllData.Errors;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Certificates;
using AllData.Storage.Certificates;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AllData.Sealing;

/// <summary>The certificate log of this silo's peer. It is opened when it is used first, and again after a failure.</summary>
/// <param name="peer">The peer.</param>
/// <param name="directory">Where the log lies.</param>
/// <param name="topologies">The registered peers, whose keys count.</param>
/// <param name="federation">The clusters of the store.</param>
/// <param name="options">The options.</param>
/// <param name="scheduler">Where the log is used, which flushes: the thread pool, or a simulated process.</param>
/// <param name="logger">The log of the silo.</param>
internal sealed partial class PeerCertificateLog(
    ICoordinatingPeer peer, ICertificateDirectory directory, TopologyCache topologies, ConfiguredFederation federation, IOptions<AllDataOptions> options,
    TaskScheduler scheduler, ILogger<PeerCertificateLog> logger)
    : IConditionSource, IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);
    private IStoredCertificateLog? _log;
    private volatile string? _unusable;
    private bool _isDisposed;

    /// <inheritdoc/>
    public IEnumerable<SiloCondition> Conditions
    {
        get
        {
            if (_unusable is { } reason)
            {
                yield return new SiloCondition("certificates-unusable", StopsPuts: false, reason);
            }
        }
    }

    /// <summary>The cluster, as its certificates name it.</summary>
    public Guid Cluster => LogIdentity.Of(peer.ClusterId, peer.StoreId, federation.Own?.Own.Number ?? 0);

    /// <summary>Which log it is.</summary>
    public string Origin => CertificateLog.OriginOf(Cluster);

    /// <summary>The name that this silo's peer signs under.</summary>
    /// <exception cref="CertificateException">It keeps no log, or its silo is starting.</exception>
    public string Signer => CertificateLog.SignerOf(Cluster, peer.Directory.Ordinal ?? throw Closed());

    /// <summary>Whose signatures count now.</summary>
    /// <exception cref="CertificateException">There can be no valid head now.</exception>
    public LogTrust Trust =>
        LogSigners.TrustOf(Cluster, topologies.Own, options.Value.Sealing.MinZones, out var whyNone) ?? throw new CertificateException(whyNone!);

    /// <summary>Whether the peer has never had another data directory.</summary>
    public bool IsOfFirstDirectory => topologies.Own.Ordinals.Count(given => given.Peer == peer.Id) == 1;

    /// <summary>Whether the last use of the log succeeded, or it could be written since.</summary>
    public bool IsUsable => _unusable is null;

    /// <summary>Signs as this silo's peer.</summary>
    /// <param name="text">The text of a note.</param>
    public NoteSignature Sign(string text) => directory.Sign(Signer, text);

    /// <summary>Uses the log, alone.</summary>
    /// <exception cref="CertificateException">It cannot be read or written; the next use tries again.</exception>
    public async Task<T> UseAsync<T>(Func<IStoredCertificateLog, T> use)
    {
        await _one.WaitAsync();
        try
        {
            // Flushes: not on the thread of a grain.
            return await Task.Factory.StartNew(() => use(Open()), CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException and not CertificateFormatException)
        {
            _log?.Dispose();
            _log = null;
            _unusable = TextOf(e);
            throw new CertificateException(_unusable);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        _log?.Dispose();
    }

    private IStoredCertificateLog Open()
    {
        if (_isDisposed || !directory.IsOpen)
        {
            throw Closed();
        }

        if (_log is null)
        {
            _log = directory.Open(Origin);
            if (_log.Damage is { } damage)
            {
                LogDamaged(damage);
            }
        }

        if (_unusable is not null)
        {
            TryWriting(_log);
        }

        return _log;
    }

    // On a full disk the log is readable, and a peer that only reads it neither signs nor seals.
    private void TryWriting(IStoredCertificateLog log)
    {
        try
        {
            log.TryWriting();
            _unusable = null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _unusable = TextOf(e);
        }
    }

    private string TextOf(Exception failure) =>
        $"Peer '{peer.Id}' cannot use its log of certificates, and signs and seals nothing: {failure.Message}";

    private CertificateException Closed() => new(
        $"Peer '{peer.Id}' keeps no log of certificates: it does not store, or its silo is starting or stopping.");

    [LoggerMessage(LogLevel.Error, "{Damage} The log comes again from the other peers; before this peer signs, it asks them what they have signed")]
    private partial void LogDamaged(string damage);
}
