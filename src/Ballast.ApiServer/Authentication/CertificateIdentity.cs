using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace Ballast.ApiServer.Authentication;

/// <summary>What a client certificate's subject says: CN is the user, each O a group.</summary>
internal sealed record CertificateIdentity(string CommonName, IReadOnlyList<string> Organizations, string Uid)
{
    private const string CommonNameOid = "2.5.4.3";
    private const string OrganizationOid = "2.5.4.10";
    private const string UidOid = "1.3.6.1.4.1.57683.2";

    public static CertificateIdentity Of(X509Certificate2 certificate) => Of(certificate.SubjectName);

    /// <remarks>Read from the DER: several O values may stand in one relative name, as Go writes them, which the text form does not keep apart.</remarks>
    public static CertificateIdentity Of(X500DistinguishedName subject)
    {
        string name = "", uid = "";
        var organizations = new List<string>();
        var relativeNames = new AsnReader(subject.RawData, AsnEncodingRules.DER).ReadSequence();
        while (relativeNames.HasData)
        {
            var attributes = relativeNames.ReadSetOf(skipSortOrderValidation: true);
            while (attributes.HasData)
            {
                var attribute = attributes.ReadSequence();
                switch (attribute.ReadObjectIdentifier())
                {
                    case CommonNameOid: name = Text(attribute); break;
                    case OrganizationOid: organizations.Add(Text(attribute)); break;
                    case UidOid: uid = Text(attribute); break;
                    default: break;
                }
            }
        }
        return new(name, organizations, uid);
    }

    private static string Text(AsnReader value)
    {
        var tag = value.PeekTag();
        return value.ReadCharacterString((UniversalTagNumber)tag.TagValue);
    }
}
