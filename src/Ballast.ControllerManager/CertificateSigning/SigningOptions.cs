namespace Ballast.ControllerManager.CertificateSigning;

/// <summary>A CA on disk, PEM.</summary>
public sealed record SigningFiles(string CertificateFile, string KeyFile);

/// <summary>With which CA each signer signs; null for a signer that does not.</summary>
public sealed record SigningOptions
{
    public SigningFiles? KubeApiServerClient { get; init; }

    public SigningFiles? KubeletClient { get; init; }

    public SigningFiles? KubeletServing { get; init; }

    public SigningFiles? LegacyUnknown { get; init; }

    /// <summary>The longest a certificate is valid.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromHours(8760);

    /// <summary>Does any signer sign?</summary>
    public bool IsEnabled => (KubeApiServerClient ?? KubeletClient ?? KubeletServing ?? LegacyUnknown) is not null;

    /// <summary>One CA for all.</summary>
    public static SigningOptions With(SigningFiles ca) => new() { KubeApiServerClient = ca, KubeletClient = ca, KubeletServing = ca, LegacyUnknown = ca };
}
