using System.Text.Json;
using System.Text.Json.Serialization;
using AllData.Configuration;
using AllData.Storage.Directories;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AllData.Security;

/// <summary>
/// The file that says which principal did what to the store, one JSON object a line: what needs the role operator, what was refused, and when the silo started
/// and stopped. Only this user may read it. Beyond a size it is renamed, and the oldest goes. Safe for several threads.
/// </summary>
internal sealed partial class AuditLog : IDisposable
{
    /// <summary>Bytes of a file, at most.</summary>
    public const int MaxBytes = 16 << 20;

    /// <summary>Files, at most: the present one and those before it.</summary>
    public const int MaxFiles = 8;

    /// <summary>Refusals in a minute that get a line each; further ones are counted in the next line.</summary>
    public const int MaxRefusalsPerMinute = 600;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    };

    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly int _maxBytes;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private FileStream? _file;
    private DateTimeOffset _windowEnds;
    private int _refusals;
    private long _leftOut;

    /// <summary>The log of a silo.</summary>
    public AuditLog(IOptions<AllDataOptions> options, TimeProvider time, ILogger<AuditLog> logger)
        : this(PathOf(options.Value), MaxBytes, time, logger)
    {
    }

    /// <summary>A log in a file.</summary>
    internal AuditLog(string path, int maxBytes, TimeProvider time, ILogger logger) =>
        (_path, _maxBytes, _time, _logger) = (path, maxBytes, time, logger);

    /// <summary>Adds a line. Where that is not possible the silo's log says so: what is audited goes on.</summary>
    public void Write(AuditEntry entry)
    {
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            if (entry.Result == AuditEntry.Refused && !TryCountRefusal(now))
            {
                _leftOut++;
                return;
            }

            try
            {
                Append(new Line(now.UtcDateTime, entry.Principal, entry.Address, entry.Action, entry.Target, entry.Result, entry.Reason, _leftOut));
                _leftOut = 0;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                LogNotWritten(_path, e.Message);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _file?.Dispose();
            _file = null;
        }
    }

    private static string PathOf(AllDataOptions options) =>
        options.Security.AuditFile.Length > 0 ? options.Security.AuditFile : Path.Combine(options.DataDirectory, "audit.ndjson");

    private bool TryCountRefusal(DateTimeOffset now)
    {
        if (now >= _windowEnds)
        {
            (_windowEnds, _refusals) = (now + Window, 0);
        }

        return ++_refusals <= MaxRefusalsPerMinute;
    }

    private void Append(Line line)
    {
        byte[] bytes = [.. JsonSerializer.SerializeToUtf8Bytes(line, Json), (byte)'\n'];
        _file ??= Open();
        if (_file.Length > 0 && _file.Length + bytes.Length > _maxBytes)
        {
            _file.Dispose();
            _file = null;
            Rotate();
            _file = Open();
        }

        _file.Write(bytes);

        // What an operator did must be known after a power failure, too; refusals come in any number.
        _file.Flush(flushToDisk: line.Result != AuditEntry.Refused);
    }

    private FileStream Open() => PrivateFiles.Open(_path, FileMode.Append, FileAccess.Write, FileShare.Read);

    private void Rotate()
    {
        File.Delete(Numbered(MaxFiles - 1));
        for (var number = MaxFiles - 2; number >= 0; number--)
        {
            if (File.Exists(Numbered(number)))
            {
                File.Move(Numbered(number), Numbered(number + 1));
            }
        }
    }

    // audit.ndjson, audit.1.ndjson, …
    private string Numbered(int number) => number == 0 ? _path : Path.ChangeExtension(_path, $"{number}{Path.GetExtension(_path)}");

    [LoggerMessage(LogLevel.Error, "The audit log {Path} cannot be written: {Reason}")]
    private partial void LogNotWritten(string path, string reason);

    private sealed record Line(
        DateTime Time, string? Principal, string? Address, string Action, string? Target, string Result, string? Reason, long LeftOut);
}
