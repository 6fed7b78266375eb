using AllData.Tests.Unit.Remote;

namespace AllData.Tests.Support;

/// <summary>Settings below AllData of a silo whose HTTP port needs certificates.</summary>
internal static class SecureSettings
{
    /// <summary>The settings of silo <c>a</c>.</summary>
    /// <param name="silos">Issues its certificate.</param>
    /// <param name="clients">The authority of its clients.</param>
    /// <param name="principals">The file of those that may use it.</param>
    /// <param name="audit">Its audit log.</param>
    public static Dictionary<string, string?> Of(TestCertificates silos, TestCertificates clients, string principals, string audit)
    {
        var own = silos.Issue("a", host: "a.silo.alldata", alsoHost: "localhost");
        return new Dictionary<string, string?>
        {
            ["Security:CertificateFile"] = own.Certificate,
            ["Security:KeyFile"] = own.Key,
            ["Security:SiloCaFile"] = silos.AuthorityFile,
            ["Security:ClientCaFile"] = clients.AuthorityFile,
            ["Security:PrincipalsFile"] = principals,
            ["Security:AuditFile"] = audit,
        };
    }
}
