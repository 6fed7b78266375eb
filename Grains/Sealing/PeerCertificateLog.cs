using AllData.Certificates;
using AllData.Configuration;
using AllData.Errors;
using AllData.Membership;
using AllData.Protocol.Certificates;
using AllData.Storage.Certificates;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AllData.Sealing;

/// <summary>The certificate log of this silo's peer. It is opened when it is used first, and again after a failure.</summary>
internal sealed partial class PeerCertificateLog(
    HostedPeer hostedPeer, TopologyCache topologies, IOptions<AllDataOptions> options, CertificateFileSeams seams, ILogger<PeerCertificateLog> logger)
    : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);
    private StoredCertificateLog? _log;
    private bool _isDisposed;

    /// <summary>Which log it is.</summary>
    public string Origin => CertificateLog.OriginOf(hostedPeer.ClusterId);

    /// <summary>Whose signatures count now.</summary>
    /// <exception cref="CertificateException">There can be no valid head now.</exception>
    public LogTrust Trust =>
        LogSigners.TrustOf(topologies.Own, options.Value.Sealing.MinZones, out var whyNone) ?? throw new CertificateException(whyNone!);

    /// <summary>Signs as this silo's peer.</summary>
    /// <param name="text">The text of a note.</param>
    public NoteSignature Sign(string text)
    {
        var name = CertificateLog.SignerOf(hostedPeer.ClusterId, hostedPeer.Directory.Ordinal ?? throw Closed());
        return hostedPeer.Directory.SigningKey.Use(key => new NoteSigner(name, key).Sign(text));
    }

    /// <summary>Uses the log, alone.</summary>
    /// <exception cref="CertificateException">It cannot be read or written; the next use tries again.</exception>
    public async Task<T> UseAsync<T>(Func<StoredCertificateLog, T> use)
    {
        await _one.WaitAsync();
        try
        {
            // Flushes: not on the thread of a grain.
            return await Task.Run(() => use(Open()));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException and not CertificateFormatException)
        {
            _log?.Dispose();
            _log = null;
            throw new CertificateException($"Peer '{hostedPeer.Id}' cannot use its log of certificates: {e.Message}");
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

    private StoredCertificateLog Open()
    {
        if (_isDisposed || hostedPeer.Store is null || hostedPeer.ClusterId == Guid.Empty)
        {
            throw Closed();
        }

        if (_log is null)
        {
            _log = StoredCertificateLog.Open(hostedPeer.Directory.Path, hostedPeer.Directory.DirectoryId, Origin, seams);
            if (_log.Damage is { } damage)
            {
                LogDamaged(damage);
            }
        }

        return _log;
    }

    private CertificateException Closed() => new(
        $"Peer '{hostedPeer.Id}' keeps no log of certificates: it does not store, or its silo is starting or stopping.");

    [LoggerMessage(LogLevel.Error, "{Damage} The log comes again from the other peers; before this peer signs, it asks them what they have signed")]
    private partial void LogDamaged(string damage);
}
