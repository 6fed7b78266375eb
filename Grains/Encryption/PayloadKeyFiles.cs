using System.Collections.Immutable;
using System.Security.Cryptography;
using AllData.Configuration;
using AllData.Security;

namespace AllData.Encryption;

/// <summary>Keys from files, read once.</summary>
internal sealed class PayloadKeyFiles : IPayloadKeyProvider
{
    // A file with more is no key, whatever it is.
    private const int LongestFile = 1024;

    private PayloadKeyFiles(PayloadKey? newest, ImmutableArray<PayloadKey> others)
    {
        Newest = newest;
        All = newest is null ? others : [newest, .. others.Where(other => other.Number != newest.Number)];
    }

    /// <summary>No keys: nothing is encrypted.</summary>
    public static PayloadKeyFiles None { get; } = new(null, []);

    /// <inheritdoc/>
    public PayloadKey? Newest { get; }

    /// <inheritdoc/>
    public ImmutableArray<PayloadKey> All { get; }

    /// <summary>Reads the files of the options.</summary>
    /// <exception cref="FormatException">One cannot be used; the sentence names the option.</exception>
    public static PayloadKeyFiles Read(EncryptionOptions options) => new(
        options.KeyFile.Length == 0 ? null : Read($"{EncryptionOptions.Section}:{nameof(options.KeyFile)}", options.KeyFile),
        ReadAll(
            $"{EncryptionOptions.Section}:{nameof(options.OtherKeyFiles)}",
            options.OtherKeyFiles.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)));

    /// <summary>Reads keys that nothing is encrypted with.</summary>
    /// <param name="option">The option that names them, for the sentence of a failure.</param>
    /// <param name="files">The files.</param>
    /// <exception cref="FormatException">One cannot be used.</exception>
    public static PayloadKeyFiles ReadOthers(string option, IEnumerable<string> files) => new(null, ReadAll(option, files));

    private static ImmutableArray<PayloadKey> ReadAll(string option, IEnumerable<string> files) => [.. files.Select(file => Read(option, file))];

    private static PayloadKey Read(string option, string file)
    {
        try
        {
            PrivateFiles.RefuseReadable(file);
            var text = new FileInfo(file).Length <= LongestFile ? File.ReadAllText(file).Trim() : "";
            return new PayloadKey(Convert.FromBase64String(text));
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"{option} is '{file}', which cannot be used: {e.Message}", e);
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            // Nothing of the content: it may be most of a key.
            throw new FormatException($"{option} is '{file}', which is not a key: {PayloadKey.Length} random bytes in base64 are expected "
                + "('openssl rand -base64 32').");
        }
    }
}
