using Ballast.Admin.Pki;

namespace Ballast.Admin.Certificates.Rotation;

/// <summary>What is to be accepted in the place of the old: certificates and a public key alone, which everybody may know.</summary>
/// <param name="Id">Names the rotation.</param>
/// <param name="Certificates">The new CAs that take the place of others, by their names below <c>pki</c>: <c>etcd/ca</c>.</param>
/// <param name="ServiceAccountKey">What service-account tokens are verified with.</param>
internal sealed record NewAuthorities(string Id, IReadOnlyDictionary<string, string> Certificates, string ServiceAccountKey)
{
    /// <summary>What is accepted in a stage. Nothing that was accepted is lost before the last, whoever added it.</summary>
    /// <param name="current">What is accepted now.</param>
    /// <param name="next">What is to be.</param>
    /// <param name="stage">The certificate that signs comes first: that is the one that belongs to the key.</param>
    public static string Bundle(string current, string next, RotationStage stage) => stage switch
    {
        RotationStage.AcceptBoth => PemText.Union(current, next),
        RotationStage.Reissue => PemText.Union(next, current),
        _ => next,
    };

    /// <summary>As above, of one of the CAs.</summary>
    public string Bundle(string current, RotationStage stage, string authority) => Bundle(current, Certificates[authority], stage);
}
