using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AllData.Security;

/// <summary>
/// The file of those that may use the store: <c>{"principals":[{"name":"app","roles":["writer"],"certificates":["…"],"keys":["…"],
/// "quota":{"eventsPerSecond":1000,"bytesPerSecond":…,"bytesPerDay":…}}]}</c>, certificates and keys by their SHA-256 in hexadecimal digits.
/// </summary>
internal sealed class PrincipalsDocument
{
    /// <summary>Principals of a store, at most.</summary>
    public const int MaxPrincipals = 10_000;

    /// <summary>Certificates or keys of a principal, at most: more than a renewal needs.</summary>
    public const int MaxSecrets = 16;

    private const int MaxBytes = 8 << 20;
    private const int HashLength = 64;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        WriteIndented = true,
    };

    private readonly FrozenDictionary<string, Principal> _byName;
    private readonly FrozenDictionary<string, Principal> _byKey;

    // A connection shows one certificate with each of its requests; its name and hash cost more than the rest of the check.
    private readonly ConditionalWeakTable<X509Certificate2, Found> _byCertificate = [];

    /// <summary>Takes principals whose names and keys are all different.</summary>
    public PrincipalsDocument(ImmutableArray<Principal> principals)
    {
        Principals = principals;
        _byName = principals.ToFrozenDictionary(static p => p.Name, StringComparer.Ordinal);
        _byKey = principals.SelectMany(static p => p.KeyHashes.Select(hash => (Hash: hash, Principal: p)))
            .ToFrozenDictionary(static one => one.Hash, static one => one.Principal, StringComparer.Ordinal);
    }

    /// <summary>That of a name; null when it has no line.</summary>
    public Principal? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>All of them, as in the file.</summary>
    public ImmutableArray<Principal> Principals { get; }

    /// <summary>That of a certificate which a trusted authority has signed; null when it is of none.</summary>
    public Principal? Find(X509Certificate2 certificate) => _byCertificate.GetValue(certificate, FindNew).Principal;

    private Found FindNew(X509Certificate2 certificate) => new(
        _byName.TryGetValue(certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false), out var principal)
        && (principal.Thumbprints.IsEmpty || principal.Thumbprints.Contains(certificate.GetCertHashString(HashAlgorithmName.SHA256)))
            ? principal
            : null);

    /// <summary>
    /// That of an API key; null when it is of none. Looked up by its hash, so that how long it takes says nothing about keys: they are 256 random bits.
    /// </summary>
    public Principal? FindByKey(string key) => _byKey.GetValueOrDefault(HashOf(key));

    /// <summary>What the file has of a key.</summary>
    public static string HashOf(string key) => Convert.ToHexString(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(key)));

    /// <summary>Reads a file.</summary>
    /// <exception cref="FormatException">It cannot be read, or is not such a document; the sentence says why.</exception>
    public static PrincipalsDocument ReadFile(string option, string file)
    {
        try
        {
            return new FileInfo(file).Length > MaxBytes
                ? throw new FormatException($"it has more than {MaxBytes} bytes.")
                : Read(File.ReadAllBytes(file));
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"{option} is '{file}', which cannot be used: {e.Message}", e);
        }
    }

    /// <summary>Reads a document.</summary>
    /// <exception cref="FormatException">It is none; the sentence says why.</exception>
    public static PrincipalsDocument Read(ReadOnlySpan<byte> json)
    {
        try
        {
            var members = JsonSerializer.Deserialize<DocumentMembers>(json, Json)?.Principals ?? throw new FormatException("it has no 'principals'.");
            return members.Length > MaxPrincipals
                ? throw new FormatException($"it has {members.Length} principals; {MaxPrincipals} are possible.")
                : new PrincipalsDocument(Different([.. members.Select(Principal)]));
        }
        catch (JsonException e)
        {
            throw new FormatException($"it is not such a document: {e.Message}", e);
        }
    }

    /// <summary>The document as JSON.</summary>
    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(
        new DocumentMembers([.. Principals.Select(static p => new PrincipalMembers(
            p.Name, [.. Names(p.Roles)], p.Thumbprints.IsEmpty ? null : [.. p.Thumbprints], p.KeyHashes.IsEmpty ? null : [.. p.KeyHashes], p.Quota))]),
        Json);

    /// <summary>Whether a text names a principal.</summary>
    public static bool IsName(string? text) =>
        text is { Length: > 0 and <= 63 } && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_');

    /// <summary>The role of a name; <see cref="StoreRoles.None"/> for other texts.</summary>
    public static StoreRoles RoleOf(string name) => name switch
    {
        "reader" => StoreRoles.Reader,
        "writer" => StoreRoles.Writer,
        "operator" => StoreRoles.Operator,
        _ => StoreRoles.None,
    };

    /// <summary>Reads roles from their names.</summary>
    /// <exception cref="FormatException">One of them names no role.</exception>
    public static StoreRoles Roles(IEnumerable<string> names) => names.Aggregate(StoreRoles.None, static (roles, name) =>
        RoleOf(name) is var role and not StoreRoles.None
            ? roles | role
            : throw new FormatException($"'{ReadableText.Escape(name)}' is no role: reader, writer and operator are."));

    /// <summary>Their names.</summary>
    public static IEnumerable<string> Names(StoreRoles roles) =>
        new[] { (StoreRoles.Reader, "reader"), (StoreRoles.Writer, "writer"), (StoreRoles.Operator, "operator") }
            .Where(one => roles.HasFlag(one.Item1)).Select(static one => one.Item2);

    /// <summary>A principal with a name and roles, as texts.</summary>
    /// <exception cref="FormatException">One of them is none.</exception>
    public static Principal Of(string name, string[] roles) => Principal(new PrincipalMembers(name, roles));

    private static Principal Principal(PrincipalMembers? members)
    {
        if (members is not { Name: { } name } || !IsName(name))
        {
            throw new FormatException(
                $"'{ReadableText.Escape(members?.Name ?? "")}' is no name of a principal: 1 to 63 letters, digits, '-', '.' and '_' are.");
        }

        try
        {
            return new Principal(name, Roles(members.Roles ?? []), Hashes(members.Certificates), Hashes(members.Keys)) { Quota = Possible(members.Quota) };
        }
        catch (FormatException e)
        {
            throw new FormatException($"principal '{name}': {e.Message}", e);
        }
    }

    private static ImmutableArray<string> Hashes(string[]? texts) => texts is { Length: > MaxSecrets }
        ? throw new FormatException($"it has {texts.Length} certificates or keys; {MaxSecrets} are possible.")
        : [.. (texts ?? []).Select(static text => text is { Length: HashLength } && text.All(char.IsAsciiHexDigit)
            ? text.ToUpperInvariant()
            : throw new FormatException($"'{ReadableText.Escape(text ?? "")}' is no SHA-256 in {HashLength} hexadecimal digits."))];

    private static PrincipalQuota? Possible(PrincipalQuota? quota) =>
        quota?.Numbers().FirstOrDefault(static one => one.Value is < PrincipalQuota.Least or > PrincipalQuota.Most) is { Name: { } name, Value: { } value }
            ? throw new FormatException($"its {name} is {value}; {PrincipalQuota.Least} to {PrincipalQuota.Most} are possible, or none.")
            : quota;

    private static ImmutableArray<Principal> Different(ImmutableArray<Principal> principals)
    {
        if (principals.GroupBy(static p => p.Name, StringComparer.Ordinal).FirstOrDefault(static g => g.Count() > 1) is { } name)
        {
            throw new FormatException($"two principals have the name '{name.Key}'.");
        }

        var keys = principals.SelectMany(static p => p.KeyHashes.Select(hash => (Hash: hash, p.Name)));
        return keys.GroupBy(static k => k.Hash, StringComparer.Ordinal).FirstOrDefault(static g => g.Count() > 1) is { } key
            ? throw new FormatException($"one key is there twice, at {string.Join(" and at ", key.Select(static k => $"'{k.Name}'"))}.")
            : principals;
    }

    private sealed record Found(Principal? Principal);

    private sealed record DocumentMembers(PrincipalMembers?[]? Principals);

    private sealed record PrincipalMembers(string? Name, string[]? Roles, string[]? Certificates = null, string[]? Keys = null, PrincipalQuota? Quota = null);
}
